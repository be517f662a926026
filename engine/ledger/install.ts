import type { Database } from '../database/database.ts';
import { planningDialectOf } from '../dialects/planning-dialect.ts';

/** Builds the ledger beside the data. Safe to run again, beside running migrations. */
export async function installLedger(database: Database): Promise<void> {
  for (const statement of planningDialectOf(database).ledgerSchema.install) await database.run(statement);
}
