import type { TargetDescription } from '../../engine/ledger/description.ts';
import type { MigrationSummary } from '../../engine/ledger/summary.ts';
import { database, ledger } from '../runtime/database.ts';
import type { Target } from '../runtime/targets.ts';
import type { Tools } from '../runtime/tools.ts';

/** The ledger of any target, for answers that are about several. */
export async function ledgerOf(target: Target): Promise<Pick<Tools, 'database' | 'ledger'>> {
  const ask = (): Target => target;
  await Promise.all([database.prepare(ask), ledger.prepare(ask)]);
  return { database: database(ask), ledger: ledger(ask) };
}

interface ReadLedger {
  readonly ledger: TargetDescription['ledger'];
  readonly migrations: MigrationSummary[];
}

/** What a ledger has, newest first; also where there is none, or where the database does not answer. */
export async function migrationsOf(asked: Tools['ledger']): Promise<ReadLedger> {
  try {
    if (!(await asked.exists())) return { ledger: 'absent', migrations: [] };
    return { ledger: 'there', migrations: [...(await asked.migrations())] };
  } catch (error) {
    return unreadable(error);
  }
}

/** A database that refuses is an answer; anything else is a fault of ours, and raised. */
export function unreadable(error: unknown): ReadLedger {
  if (!(error instanceof Error) || !isOfTheDatabase(error)) throw error;
  // Only its name: its text can hold a row's values.
  return { ledger: { unreadable: error.name }, migrations: [] };
}

// What the Data API raised, or what is known of it by SQLSTATE. Anything else is a fault of ours and no answer.
const isOfTheDatabase = (error: Error): boolean =>
  '$metadata' in error || error.name === 'TransientDatabaseError' || error.name === 'StatementRefused';
