import type { WritingWalk } from '../../plan/walk.ts';
import type { TableName } from '../../spec/spec.ts';
import type { KeyColumn } from '../inspector.ts';
import { BlockAddress, isByPlace } from './block-address.ts';
import { indentLines, literal, qualifiedName } from './quote.ts';
import { KeyWriter } from './walk-key.ts';
import { walkReport } from './walk-report.ts';
import { boundParameter, underSettings, unpackedParameter, type Parameter } from './walk-parameters.ts';
import type { Target } from './walk-target.ts';

/**
 * The statements that walk a table by key, each one call, one transaction: fence, range from the checkpoint, the work,
 * and the checkpoint moved. A lost response is harmless: the next call goes on from where the lost one committed.
 * Ranges are plain key comparisons against scalar subqueries, which PostgreSQL evaluates once and hands to the index;
 * a join on a batch CTE was measured at half the speed.
 */
export function walkStatements(table: TableName, key: readonly KeyColumn[], target: Target): WritingWalk {
  const { settings } = target;
  const plain = new WalkWriter(table, key, target, boundParameter);
  // Only these three evaluate expressions of the author's.
  const converting = settings === null ? plain : new WalkWriter(table, key, target, unpackedParameter);
  const under = (statement: string, parameters: readonly Parameter[]): string =>
    settings === null ? statement : underSettings(settings, statement, parameters);
  return {
    cut: plain.cut(),
    batch: under(converting.batch(), ofBatch),
    check: under(converting.check(), ofBatch),
    skip: plain.skip(),
    sweep: under(converting.sweep(), ofSweep),
  };
}

const ofWalk = ['migration', 'purpose', 'start', 'n'] as const;
const ofBatch = [...ofWalk, 'shard', 'epoch', 'rows', 'lock_timeout'] as const;
const ofSweep = ['migration', 'epoch', 'key', 'lock_timeout'] as const;

/** Open to a walk that writes another table. */
export class WalkWriter extends KeyWriter {
  protected readonly table: string;
  private readonly thisWalk: string;
  private readonly thisShard: string;
  /** Where rows have no key. */
  private readonly blocks: BlockAddress | null;

  constructor(
    table: TableName,
    key: readonly KeyColumn[],
    private readonly target: Target,
    private readonly parameter: (name: Parameter) => string,
    private readonly sampled = table,
  ) {
    super(key);
    this.table = qualifiedName(table);
    this.thisWalk = ofWalk.map((name) => `${name} = ${parameter(name)}`).join(' AND ');
    this.thisShard = `shard = ${parameter('shard')} AND epoch = ${parameter('epoch')}`;
    this.blocks = isByPlace(key)
      ? new BlockAddress({ table: this.table, parameter, thisWalk: this.thisWalk, thisShard: this.thisShard })
      : null;
  }

  /** Cuts the table into shards for a walk, once: bounds from a sample of its pages, then exact first and last keys. */
  cut(): string {
    if (this.blocks !== null) return this.blocks.cut();
    const above = `WHERE ${this.row('t')} > ${this.list((column, _, n) => this.unpacked('b.lower', column, n), true)}`;
    return `WITH fence AS MATERIALIZED (
  SELECT name, epoch FROM underpin.migration WHERE name = :migration AND epoch = :epoch FOR UPDATE
), sample AS MATERIALIZED (
  SELECT ${this.names.join(', ')}
  FROM ${qualifiedName(this.sampled)}
    TABLESAMPLE SYSTEM (least(100, 100.0 * 300 / greatest(1, pg_relation_size(${this.regclass()}) / 8192)))
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

  /** One batch of the backfill; the same statement, walked again, is the repair. */
  batch(): string {
    return `${this.range()}, written AS (
  UPDATE ${this.table}
  SET ${this.assignments()}
  WHERE ${this.inRange()}
    AND ${indentLines(this.target.unfilled, '      ').trimStart()}
  RETURNING 1
), moved AS (
  ${this.move('(SELECT count(*) FROM written)')}
)
${this.report()}`;
  }

  private assignments(): string {
    return this.target.assigned.map(({ column, value }) => `${column} = ${value}`).join(',\n      ');
  }

  /** One range of a verification: counts and compares every row of it in one snapshot. */
  check(): string {
    return `${this.range()}, checked AS MATERIALIZED (
  SELECT count(*) FILTER (WHERE ${indentLines(this.target.unfilled, '      ').trimStart()}) AS mismatches
  FROM ${this.table}
  WHERE ${this.inRange()}
), moved AS (
  ${this.move('(SELECT mismatches FROM checked)')}
)
${this.report()}`;
  }

  /** Passes over the one row at the checkpoint whose data refuses the change, and remembers it; `:rows` is 1. */
  skip(): string {
    return `${this.range()}, stubborn AS (
  INSERT INTO underpin.stubborn_row (migration, key, sqlstate)
  SELECT :migration, ${this.packedEnd('hi')}, :sqlstate FROM range WHERE whole
  ON CONFLICT (migration, key) DO UPDATE SET sqlstate = excluded.sqlstate, attempts = stubborn_row.attempts + 1
), moved AS (
  ${this.move('1')}
)
${this.report()}`;
  }

  /** Tries one stubborn row again and forgets it when it now agrees. A row that was deleted agrees. */
  sweep(): string {
    const noted = `migration = ${this.parameter('migration')} AND key = ${this.parameter('key')}`;
    const meant = this.blocks === null ? '' : `\n    AND ${this.blocks.stillMeant}`;
    const at =
      this.blocks !== null
        ? `${this.blocks.noted}${meant}`
        : `${this.row()} = ${this.list((column, _, n) => this.unpacked(this.parameter('key'), column, n), true)}`;
    return `WITH fence AS MATERIALIZED (
  SELECT name, set_config('lock_timeout', ${this.parameter('lock_timeout')}, true), set_config('underpin.worker', 'on', true)
  FROM underpin.migration
  WHERE name = ${this.parameter('migration')} AND epoch = ${this.parameter('epoch')}
  FOR UPDATE
), written AS (
${this.sweptWrite(at)}
), swept AS (
  DELETE FROM underpin.stubborn_row
  WHERE ${noted} AND (SELECT count(*) FROM fence) = 1${meant}
    -- Whoever has written a refused value since the row was looked at has noted it again.
    AND attempts = (SELECT attempts FROM underpin.stubborn_row WHERE ${noted})
)
SELECT json_build_object('held', (SELECT count(*) FROM fence), 'changed', (SELECT count(*) FROM written))::text`;
  }

  protected sweptWrite(at: string): string {
    return `  UPDATE ${this.table}
  SET ${this.assignments()}
  WHERE ${at}
    AND ${indentLines(this.target.unfilled, '      ').trimStart()}
    AND (SELECT count(*) FROM fence) = 1
  RETURNING 1`;
  }

  /**
   * Locks the checkpoint, then finds the batch's last key and the next one. The next call of this worker, or a second copy
   * of it, waits at the checkpoint for as long as it takes; only for rows a batch is impatient.
   */
  protected range(): string {
    if (this.blocks !== null) return this.blocks.range();
    const boundOf = (side: 'lo' | 'upper'): string =>
      this.list((_, __, n) => `(SELECT ${side}_${n} FROM fence)`, true);
    return `WITH fence AS MATERIALIZED (
  SELECT ${this.list((column, _, n) => `${this.unpacked('next', column, n)} AS lo_${n}`)},
         ${this.list((column, _, n) => `${this.unpacked('upper', column, n)} AS upper_${n}`)},
         set_config('underpin.worker', 'on', true)
  FROM underpin.checkpoint
  WHERE ${this.thisWalk}
    AND ${this.thisShard} AND next IS NOT NULL
  FOR UPDATE
), ends AS MATERIALIZED (
  SELECT ${this.list((_, name, n) => `${name} AS key_${n}`)}, row_number() OVER () AS nth
  FROM (
    SELECT ${this.names.join(', ')}
    FROM ${this.table}
    WHERE ${this.row()} >= ${boundOf('lo')}
      AND ${this.row()} <= ${boundOf('upper')}
    ORDER BY ${this.names.join(', ')}
    OFFSET ${this.parameter('rows')} - 1 LIMIT 2
  ) AS two
), range AS MATERIALIZED (
  SELECT clock_timestamp() AS began, set_config('lock_timeout', ${this.parameter('lock_timeout')}, true),
         ${this.list((_, __, n) => `lo_${n}`)},
         ${this.list((_, __, n) => `coalesce((SELECT key_${n} FROM ends WHERE nth = 1), upper_${n}) AS hi_${n}`)},
         ${this.list((_, __, n) => `(SELECT key_${n} FROM ends WHERE nth = 2) AS next_${n}`)},
         EXISTS (SELECT FROM ends) AS whole
  FROM fence
)`;
  }

  protected inRange(): string {
    if (this.blocks !== null) return this.blocks.inRange;
    const boundOf = (side: 'lo' | 'hi'): string =>
      this.list((_, __, n) => `(SELECT ${side}_${n} FROM range)`, true);
    return `${this.row()} >= ${boundOf('lo')}\n    AND ${this.row()} <= ${boundOf('hi')}`;
  }

  // A batch that found its last key by offset has exactly that many rows; only the last one of a shard is counted.
  protected move(changed: string): string {
    return `UPDATE underpin.checkpoint
  SET next = (SELECT CASE WHEN next_1 IS NOT NULL THEN ${this.packedEnd('next')} END FROM range),
      rows = rows + CASE WHEN (SELECT whole FROM range) THEN ${this.parameter('rows')}
                         ELSE (SELECT count(*) FROM ${this.table} WHERE ${this.inRange().replaceAll('\n    ', ' ')}) END,
      changed = changed + ${changed},
      batches = batches + 1,
      batch_rows = ${this.parameter('rows')},
      updated_at = clock_timestamp()
  WHERE ${this.thisWalk}
    AND ${this.thisShard} AND (SELECT count(*) FROM range) = 1
  RETURNING next IS NULL AS done, rows, changed`;
  }

  protected report(): string {
    const thisShard = `${this.thisWalk}
                               AND ${this.thisShard}`;
    return walkReport(thisShard, this.blocks?.isOutdated ?? null);
  }

  private packedEnd(end: 'hi' | 'next'): string {
    return this.blocks === null ? this.packed('range', end) : this.blocks.packed(end);
  }

  private regclass(): string {
    return `${literal(qualifiedName(this.sampled))}::regclass`;
  }
}
