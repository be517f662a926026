import type { Applied } from '../engine/ledger/applied.ts';
import type { LedgerEvent } from '../engine/ledger/journal.ts';
import type { Walked } from '../engine/ledger/walks.ts';

/** What the ledger holds of one execution of a migration. */
export interface Account {
  /** Oldest first, from the execution's claim on. */
  readonly events: readonly LedgerEvent[];
  /** Of every start, oldest first. */
  readonly walks: readonly Walked[];
  /** What stands now. */
  readonly applied: Applied;
}
