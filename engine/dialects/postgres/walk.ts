import type { Truth, WritingWalk } from '../../plan/walk.ts';
import type { TableName } from '../../spec/table-name.ts';
import type { KeyColumn, SessionSettings } from '../inspector.ts';
import { mostListed } from '../walk-sql.ts';
import { batchCall } from './batch-function.ts';
import { BlockAddress, isByPlace } from './block-address.ts';
import { KeyAddress } from './key-address.ts';
import { indentLines } from './quote.ts';
import { skippedRow, sweptRow } from './stubborn-rows.ts';
import {
  askedUnder,
  boundParameter,
  ofBatch,
  ofSweep,
  underSettings,
  unpackedParameter,
  walkOf,
  type Parameter,
  type Walked,
} from './walk-parameters.ts';
import { movedOn, type RowAddress } from './walk-report.ts';

/** What the walk compares and writes in each row. Expressions name the table's own columns. */
export interface Target {
  /** What backfill assigns: an assignment cast, so a value that does not fit is an error and never cut short. */
  readonly assigned: readonly { readonly column: string; readonly value: string }[];
  /** True for a row that backfill still has to write. */
  readonly unfilled: string;
  /** What expressions of the author's are run under; null where there are none. */
  readonly settings: SessionSettings | null;
  /** Other tables that `unfilled` reads. */
  readonly reads?: readonly TableName[] | undefined;
  /** A single row is written only as long as the ledger has this side for the truth; left out: whichever it has. */
  readonly truth?: Truth | undefined;
  /** The table's rows lie in its partitions. */
  readonly isPartitioned?: true | undefined;
}

/**
 * The statements that walk a table, each one call, one transaction: fence, range from the checkpoint, the work,
 * and the checkpoint moved. A lost response is harmless: the next call goes on from where the lost one committed.
 * Ranges are plain comparisons against scalar subqueries, which PostgreSQL evaluates once and hands to the index;
 * a join on a batch CTE was measured at half the speed.
 */
export function walkStatements(table: TableName, key: readonly KeyColumn[], target: Target): WritingWalk {
  const { settings, isPartitioned } = target;
  const writer = (parameter: Walked['parameter']): WalkWriter => {
    const walked = walkOf(table, parameter, target.reads);
    const rows = isByPlace(key) ? new BlockAddress(walked) : new KeyAddress(walked, key, { isPartitioned });
    return new WalkWriter(walked, rows, target);
  };
  const plain = writer(boundParameter);
  const handedOver = writer(unpackedParameter);
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
    list: settings === null ? plain.list() : askedUnder(settings, plain.list()),
  };
}

/** Open to a walk that writes another table. */
export class WalkWriter {
  constructor(
    protected readonly walked: Walked,
    private readonly rows: RowAddress,
    private readonly target: Target,
  ) {}

  cut(): string {
    return this.rows.cut();
  }

  /** One batch of the backfill; the same statement, walked again, is the repair. */
  batch(): string {
    return this.batchOf(`UPDATE ${this.walked.table}
SET ${this.assignments}
WHERE ${this.rows.inRange}
    AND ${this.target.settings === null ? this.unfilled : this.rows.onlyInRange(this.unfilled)}`);
  }

  protected batchOf(write: string): string {
    const { table, thisWalk, thisShard } = this.walked;
    const { rows } = this;
    // The statement that writes names the ledger, by which whoever reads the server's statistics knows it for ours.
    const here = `WITH range AS MATERIALIZED (
  SELECT ${rows.bounds}
  FROM underpin.checkpoint
  WHERE ${thisWalk}
    AND ${thisShard}
)`;
    return batchCall(this.target.settings, ofBatch, {
      file: rows.file,
      range: `${rows.range()}
SELECT jsonb_build_object('last', ${rows.packed('hi')}, 'next', CASE WHEN next_1 IS NOT NULL THEN ${rows.packed('next')} END,
                          'whole', whole, 'began', began)
FROM range`,
      write: `${here}\n${write}`,
      count: `${here}\nSELECT count(*) FROM ${table} WHERE ${rows.inRange}`,
    });
  }

  /** One range of a verification: counts and compares every row of it in one snapshot. */
  check(): string {
    return this.checkOf(`count(*) FILTER (WHERE ${this.unfilled}) AS mismatches
  FROM ${this.walked.table}
  WHERE ${this.rows.inRange}`);
  }

  protected checkOf(mismatches: string): string {
    return `${this.rows.range()}, checked AS MATERIALIZED (
  SELECT ${mismatches}
), ${movedOn(this.walked, this.rows, '(SELECT mismatches FROM checked)')}`;
  }

  skip(): string {
    return skippedRow(this.walked, this.rows);
  }

  sweep(): string {
    return sweptRow(this.walked, this.rows, (at) => this.sweptWrite(at), this.target.truth);
  }

  list(): string {
    return `SELECT ${this.rows.columns} FROM ${this.walked.table} WHERE ${this.unfilled} LIMIT ${mostListed}`;
  }

  protected sweptWrite(at: string): string {
    return `  UPDATE ${this.walked.table}
  SET ${this.assignments}
  WHERE ${at}
    AND ${this.unfilled}
    AND (SELECT count(*) FROM fence) = 1
  RETURNING 1`;
  }

  private get assignments(): string {
    return this.target.assigned.map(({ column, value }) => `${column} = ${value}`).join(',\n      ');
  }

  private get unfilled(): string {
    return indentLines(this.target.unfilled, '      ').trimStart();
  }
}
