import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { Fenced } from '../engine/database/errors.ts';
import type { Ledger, LedgerRecord } from '../engine/ledger/ledger.ts';
import { storedPlan } from '../engine/plan/stored.ts';
import type { Truth } from '../engine/plan/walk.ts';
import { publish } from './runtime/metrics.ts';
import { ledger } from './runtime/database.ts';
import { readFlag } from './runtime/read-flag.ts';
import { task } from './runtime/task.ts';
import { truthNow } from './steps/walk-now.ts';

const input = z.object({ migration: z.string(), execution: z.string() });

/**
 * Sends all reads to the old shape: the first act of every rollback; it stops whatever deployment is under way.
 * Raises Fenced when the ledger says that another execution has the migration: its reads are not ours to move. A
 * database that does not answer does not stop it.
 */
export const handler = task(
  { input, uses: { ledger, readFlag } },
  async ({ migration, execution }, tools): Promise<{ readonly percent: 0 }> => {
    const record = await ifItAnswers(() => tools.ledger.find(migration));
    if (record && record.execution !== execution)
      throw new Fenced(`${migration} belongs to ${record.execution} now`);
    await tools.readFlag.switchBack(migration, await truthIfItAnswers(record, tools.ledger));
    publish({ migration, target: tools.target.name }, { ReadShare: 0 });
    return { percent: 0 };
  },
);

// The Data API's own patience is minutes; readers have not got them.
const patienceMs = 5000;

/** null: only the flag can say. */
async function truthIfItAnswers(record: LedgerRecord | undefined, known: Ledger): Promise<Truth | null> {
  if (record === undefined) return null;
  // A plan that another version has stored may not even be read: readers go back all the same.
  return (await ifItAnswers(async () => truthNow(storedPlan(record), known))) ?? null;
}

async function ifItAnswers<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await Promise.race([ask(), sleep(patienceMs, undefined, { ref: false })]);
  } catch {
    // Readers on the new shape of a database in trouble are worse off than an owner who is asked twice.
    return undefined;
  }
}
