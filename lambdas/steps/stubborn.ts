import * as z from 'zod';
import { one } from '../../engine/database/database.ts';
import { Fenced, LockNotAcquired } from '../../engine/database/errors.ts';
import { howListed, statesCounted, type StubbornRows } from '../../engine/evidence/stubborn-rows.ts';
import type { Applied } from '../../engine/ledger/applied.ts';
import type { Claim, Ledger } from '../../engine/ledger/ledger.ts';
import type { Plan } from '../../engine/plan/plan.ts';
import { walkFor } from '../../engine/plan/walk.ts';
import type { Settings } from '../../engine/plan/settings.ts';
import { rowRefusal } from '../runtime/database-errors.ts';
import type { Tools } from '../runtime/tools.ts';
import { truthNow } from './walk-now.ts';

type Its = {
  readonly plan: Plan;
  readonly settings: Settings;
  readonly tools: Pick<Tools, 'database' | 'ledger'>;
};

/** A gate must answer soon; with more notes than these it would stay shut anyway, or be asked again. */
const mostAtGate = 500;

/** Tries stubborn rows once more; people or the application may have fixed some. Gives how many of them are left. */
export async function sweepStubbornRows(
  claim: Claim,
  { plan, settings, tools }: Its,
  most = Infinity,
): Promise<number> {
  const truth = await truthNow(plan, tools.ledger);
  const sweep = walkFor(plan, truth === 'old' ? 'backfill' : 'reconcile', truth)?.sweep;
  if (sweep === undefined) return 0;
  let left = 0;
  let tried = 0;
  for await (const key of stubbornKeys(claim.migration, tools.ledger)) {
    tried += 1;
    if (tried > most) break;
    const parameters = { ...claim, key, lock_timeout: `${settings.lockTimeoutMs}ms` };
    try {
      const statement = { text: sweep, parameters };
      const swept = await one(tools.database, statement, z.object({ held: z.number() }));
      if (swept.held === 0) throw new Fenced(`epoch ${claim.epoch} of ${claim.migration} is over`);
    } catch (error) {
      // A row that somebody has locked is written just now: the next sweep looks.
      if (!(error instanceof LockNotAcquired) && !rowRefusal(error, tools.database.dialect.errors))
        throw error;
      left += 1;
    }
  }
  return left;
}

/** All of them, read a thousand at a time; sweeping may forget those that were given before. */
async function* stubbornKeys(migration: string, { walks }: Pick<Ledger, 'walks'>): AsyncGenerator<string> {
  let after: string | undefined;
  do {
    const rows = await walks.stubbornRows(migration, after);
    for (const { key } of rows) yield key;
    after = rows.at(-1)?.key;
  } while (after !== undefined);
}

/** Rows that refuse now. Once names were exchanged the sweep's names mean something else, and nothing is noted any more. */
export async function measureStubborn(claim: Claim, applied: Applied, its: Its): Promise<StubbornRows> {
  if (!applied.begun('swap')) await sweepStubbornRows(claim, its, mostAtGate);
  return stubbornRows(claim.migration, its.tools);
}

export async function stubbornRows(
  migration: string,
  { database, ledger: { walks } }: Its['tools'],
): Promise<StubbornRows> {
  return {
    count: await walks.stubbornCount(migration),
    states: statesCounted(await walks.stubbornRows(migration)),
    list: howListed(migration, database.dialect.remedies),
  };
}
