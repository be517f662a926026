import type { TableName } from '../../spec/table-name.ts';
import type { KeyColumn } from '../inspector.ts';
import { literal, qualifiedName } from './quote.ts';
import { KeyWriter } from './walk-key.ts';

interface Walked {
  /** Conditions on `underpin.checkpoint`. */
  readonly thisWalk: string;
  /** Whose pages are the sample. */
  readonly sampled: TableName;
}

/** How a table is cut into shards. */
export class CutWriter extends KeyWriter {
  protected readonly table: string;
  protected readonly thisWalk: string;
  private readonly sampled: string;

  constructor(table: TableName, key: readonly KeyColumn[], { thisWalk, sampled }: Walked) {
    super(key);
    this.table = qualifiedName(table);
    this.thisWalk = thisWalk;
    this.sampled = qualifiedName(sampled);
  }

  /** Cuts the table into shards for a walk, once: bounds from a sample of its pages, then exact first and last keys. */
  cut(): string {
    const above = `WHERE ${this.row('t')} > ${this.list((column, _, n) => this.unpacked('b.lower', column, n), true)}`;
    return `WITH fence AS MATERIALIZED (
  SELECT name, epoch FROM underpin.migration WHERE name = :migration AND epoch = :epoch FOR UPDATE
), sample AS MATERIALIZED (
  SELECT ${this.names.join(', ')}
  FROM ${this.sampled}
    TABLESAMPLE SYSTEM (least(100, 100.0 * 300 / greatest(1, pg_relation_size(${literal(this.sampled)}::regclass) / 8192)))
), ranked AS (
  SELECT ${this.names.join(', ')}, ntile(:shards::integer) OVER (ORDER BY ${this.names.join(', ')}) AS tile FROM sample
), bounds AS (
  SELECT DISTINCT ON (tile) tile, ${this.packed('ranked')} AS bound
  FROM ranked
  ORDER BY tile, ${this.list((_, name) => `ranked.${name} DESC`)}
), pieces AS (
  SELECT row_number() OVER (ORDER BY tile) - 1 AS shard,
         lag(bound) OVER (ORDER BY tile) AS lower,
         CASE WHEN tile < max(tile) OVER () THEN bound END AS upper
  FROM (SELECT tile, bound FROM bounds UNION ALL SELECT 1, NULL WHERE NOT EXISTS (SELECT FROM bounds)) AS tiles
), cut AS (
  INSERT INTO underpin.checkpoint (migration, purpose, start, n, shard, epoch, next, upper)
  SELECT f.name, :purpose, :start, :n, b.shard, f.epoch,
         CASE WHEN b.lower IS NULL
           THEN (${this.end('ASC', '')})
           ELSE (${this.end('ASC', ` ${above}`)}) END,
         coalesce(b.upper, (${this.end('DESC', '')}))
  FROM fence AS f CROSS JOIN pieces AS b
  WHERE NOT EXISTS (SELECT FROM underpin.checkpoint WHERE ${this.thisWalk})
  ON CONFLICT DO NOTHING
  RETURNING shard
)
SELECT json_build_object('held', (SELECT count(*) FROM fence), 'cut', (SELECT count(*) FROM cut))::text`;
  }

  /** The first key of the table, or the last. */
  protected end(order: 'ASC' | 'DESC', where: string): string {
    return `SELECT ${this.packed('t')} FROM ${this.table} AS t${where} ORDER BY ${this.ordered('t', order)} LIMIT 1`;
  }
}
