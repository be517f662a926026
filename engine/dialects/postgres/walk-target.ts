import type { TableName } from '../../spec/table-name.ts';
import type { Truth } from '../../plan/walk.ts';
import type { SessionSettings } from '../inspector.ts';

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
