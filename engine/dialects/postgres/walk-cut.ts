import { literal } from './quote.ts';
import type { KeyWriter } from './walk-key.ts';
import type { Walked } from './walk-parameters.ts';

/** `sampled`: whose pages say where to cut; left out: the table's. `other`: a table whose first and last rows count too. */
export interface Ends {
  readonly sampled?: string;
  /** `sampled` has no pages of its own, but those of its partitions. */
  readonly isPartitioned?: true | undefined;
  readonly other?: string;
}

// Beside the key's columns, which may have any name.
const tile = '"underpin tile"';

/** Cuts the table into shards for a walk, once: bounds from a sample of its pages, then exact first and last keys. */
export function cutByKey(
  { table, thisWalk, everyRowSeen }: Walked,
  key: KeyWriter,
  { sampled = table, isPartitioned, other }: Ends,
): string {
  const regclass = `${literal(sampled)}::regclass`;
  const bytes =
    isPartitioned === true
      ? `(SELECT sum(pg_relation_size(p.relid)) FROM pg_partition_tree(${regclass}) AS p)`
      : `pg_relation_size(${regclass})`;
  /** The first key, or the last. */
  const end = (order: '' | ' DESC', where: string): string => {
    const ordered = (alias: string): string =>
      `ORDER BY ${key.list((name) => `${alias}.${name}${order}`)} LIMIT 1`;
    const endOf = (of: string, what: string): string =>
      `SELECT ${what} FROM ${of} AS t${where} ${ordered('t')}`;
    if (other === undefined) return endOf(table, key.packedFrom('t'));
    const keys = key.list((name) => `t.${name}`);
    const ends = [table, other].map((each) => `(${endOf(each, keys)})`);
    return `SELECT ${key.packedFrom('u')} FROM (${ends.join(' UNION ALL ')}) AS u ${ordered('u')}`;
  };
  const above = ` WHERE ${key.asRow((name) => `t.${name}`)} > ${key.unpacked('b.lower')}`;
  return `WITH fence AS MATERIALIZED (
  SELECT name, epoch, ${everyRowSeen} FROM underpin.migration WHERE name = :migration AND epoch = :epoch FOR UPDATE
), sample AS MATERIALIZED (
  SELECT ${key.columns}
  FROM ${sampled}
    TABLESAMPLE SYSTEM (least(100, 100.0 * 300 / greatest(1, ${bytes} / 8192)))
), ranked AS (
  SELECT ${key.columns}, ntile(:shards::integer) OVER (ORDER BY ${key.columns}) AS ${tile} FROM sample
), bounds AS (
  SELECT ${tile} AS tile, ${key.packedFrom('last')} AS bound
  FROM (
    SELECT DISTINCT ON (${tile}) *
    FROM ranked
    ORDER BY ${tile}, ${key.list((name) => `${name} DESC`)}
  ) AS last
), pieces AS (
  SELECT row_number() OVER (ORDER BY tile) - 1 AS shard,
         lag(bound) OVER (ORDER BY tile) AS lower,
         CASE WHEN tile < max(tile) OVER () THEN bound END AS upper
  FROM (SELECT tile, bound FROM bounds UNION ALL SELECT 1, NULL WHERE NOT EXISTS (SELECT FROM bounds)) AS tiles
), cut AS (
  INSERT INTO underpin.checkpoint (migration, purpose, start, n, shard, epoch, next, upper)
  SELECT f.name, :purpose, :start, :n, b.shard, f.epoch,
         CASE WHEN b.lower IS NULL
           THEN (${end('', '')})
           ELSE (${end('', above)}) END,
         coalesce(b.upper, (${end(' DESC', '')}))
  FROM fence AS f CROSS JOIN pieces AS b
  WHERE NOT EXISTS (SELECT FROM underpin.checkpoint WHERE ${thisWalk})
  ON CONFLICT DO NOTHING
  RETURNING shard
)
SELECT json_build_object('held', (SELECT count(*) FROM fence), 'cut', (SELECT count(*) FROM cut))::text`;
}
