import type { WritingWalk } from '../../plan/walk.ts';
import type { TableName } from '../../spec/table-name.ts';
import type { KeyColumn } from '../inspector.ts';
import { batchCall } from './batch-function.ts';
import { BlockAddress, isByPlace } from './block-address.ts';
import { indentLines } from './quote.ts';
import { CutWriter } from './walk-cut.ts';
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
  const handedOver = new WalkWriter(table, key, target, unpackedParameter);
  // Beside a batch only these two evaluate expressions of the author's.
  const converting = settings === null ? plain : handedOver;
  const under = (statement: string, parameters: readonly Parameter[]): string =>
    settings === null ? statement : underSettings(settings, statement, parameters);
  return {
    cut: plain.cut(),
    batch: handedOver.batch(),
    check: under(converting.check(), ofBatch),
    skip: plain.skip(),
    sweep: under(converting.sweep(), ofSweep),
  };
}

const ofWalk = ['migration', 'purpose', 'start', 'n'] as const;
const ofBatch = [...ofWalk, 'shard', 'epoch', 'rows', 'lock_timeout'] as const;
const ofSweep = ['migration', 'epoch', 'key', 'lock_timeout'] as const;

/** Open to a walk that writes another table. */
export class WalkWriter extends CutWriter {
  private readonly thisShard: string;
  /** Where rows have no key. */
  private readonly blocks: BlockAddress | null;

  constructor(
    table: TableName,
    key: readonly KeyColumn[],
    private readonly target: Target,
    private readonly parameter: (name: Parameter) => string,
    sampled = table,
  ) {
    super(table, key, {
      thisWalk: ofWalk.map((name) => `${name} = ${parameter(name)}`).join(' AND '),
      sampled,
    });
    this.thisShard = `shard = ${parameter('shard')} AND epoch = ${parameter('epoch')}`;
    this.blocks = isByPlace(key)
      ? new BlockAddress({ table: this.table, parameter, thisWalk: this.thisWalk, thisShard: this.thisShard })
      : null;
  }

  override cut(): string {
    return this.blocks === null ? super.cut() : this.blocks.cut();
  }

  /** One batch of the backfill; the same statement, walked again, is the repair. */
  batch(): string {
    return this.batchOf(`UPDATE ${this.table}
SET ${this.assignments()}
WHERE ${this.inRange()}
    AND ${indentLines(this.target.unfilled, '      ').trimStart()}`);
  }

  protected batchOf(write: string): string {
    // The statement that writes names the ledger, by which whoever reads the server's statistics knows it for ours.
    const here = `WITH range AS MATERIALIZED (
  SELECT ${this.blocks?.bounds ?? `${this.keyIn('next', 'lo')}, ${this.keyIn('$2', 'hi')}`}
  FROM underpin.checkpoint
  WHERE ${this.thisWalk}
    AND ${this.thisShard}
)`;
    return batchCall(this.target.settings, ofBatch, {
      file: this.blocks?.file ?? null,
      range: `${this.range()}
SELECT jsonb_build_object('last', ${this.packedEnd('hi')}, 'next', CASE WHEN next_1 IS NOT NULL THEN ${this.packedEnd('next')} END,
                          'whole', whole, 'began', began)
FROM range`,
      write: `${here}\n${write}`,
      count: `${here}\nSELECT count(*) FROM ${this.table} WHERE ${this.inRange()}`,
    });
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

  /** Tries one stubborn row again and forgets it when it now agrees, which is dated. A row that was deleted agrees. */
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
  RETURNING migration
), dated AS (
  UPDATE underpin.migration SET swept_at = clock_timestamp(), swept_by = pg_current_xact_id()
  WHERE name = (SELECT migration FROM swept)
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
  SELECT ${this.keyIn('next', 'lo')},
         ${this.keyIn('upper', 'upper')},
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
      started_at = CASE WHEN batches = 0 THEN (SELECT began FROM range) ELSE started_at END,
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

  private keyIn(json: string, as: 'lo' | 'hi' | 'upper'): string {
    return this.list((column, _, n) => `${this.unpacked(json, column, n)} AS ${as}_${n}`);
  }

  private packedEnd(end: 'hi' | 'next'): string {
    return this.blocks === null ? this.packed('range', end) : this.blocks.packed(end);
  }
}
