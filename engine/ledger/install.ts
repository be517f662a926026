import type { Database } from '../database/database.ts';
import { planningDialectOf } from '../dialects/dialects.ts';

/** Builds the ledger beside the data. Safe to run again, beside running migrations. */
export const installLedger = (database: Database): Promise<void> =>
  database.run(planningDialectOf(database).ledgerSchema.install);
