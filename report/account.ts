import type { Applied } from '../engine/ledger/applied.ts';
import type { LedgerEvent } from '../engine/ledger/journal.ts';
import type { WalkProgress } from '../engine/ledger/walks.ts';

/** What the ledger holds of one execution of a migration. */
export interface Account {
  /** Oldest first, from the execution's claim on. */
  readonly events: readonly LedgerEvent[];
  /** Of every start, oldest first. */
  readonly walks: readonly WalkProgress[];
  /** What stands now. */
  readonly applied: Applied;
}
