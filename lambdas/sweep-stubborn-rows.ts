import * as z from 'zod';
import { one } from '../engine/database/database.ts';
import { Fenced } from '../engine/database/errors.ts';
import { rowRefusal } from './runtime/database-errors.ts';
import { publish } from './runtime/metrics.ts';
import type { Ledger } from '../engine/ledger/ledger.ts';
import { database, ledger } from './runtime/database.ts';
import { step } from './steps/step.ts';

const input = z.object({ migration: z.string(), epoch: z.number() });

/** Tries every stubborn row once more; people may have fixed some. Gives how many are left. */
export const handler = step(
  { input, uses: { database, ledger }, before: ['leave'], after: [] },
  async (_, { claim, plan, settings, tools }): Promise<{ readonly left: number }> => {
    let left = 0;
    for await (const key of stubbornKeys(claim.migration, tools.ledger)) {
      const parameters = { ...claim, key, lock_timeout: `${settings.lockTimeoutMs}ms` };
      try {
        const swept = await one(
          tools.database,
          { text: plan.walk?.sweep ?? '', parameters },
          z.object({ held: z.number() }),
        );
        if (swept.held === 0) throw new Fenced(`epoch ${claim.epoch} of ${claim.migration} is over`);
      } catch (error) {
        if (!rowRefusal(error, tools.database.dialect.errors)) throw error;
        left += 1;
      }
    }
    publish({ ...claim, target: tools.target.name }, { StubbornRows: left });
    return { left };
  },
);

/** All of them, read a thousand at a time; sweeping may forget those that were given before. */
async function* stubbornKeys(migration: string, { walks }: Ledger): AsyncGenerator<string> {
  let after: string | undefined;
  do {
    const rows = await walks.stubbornRows(migration, after);
    for (const { key } of rows) yield key;
    after = rows.at(-1)?.key;
  } while (after !== undefined);
}
