import * as z from 'zod';
import { one } from '../engine/database.ts';
import { Fenced, RowRefused } from '../engine/errors.ts';
import { publish } from './runtime/metrics.ts';
import { claimed } from './runtime/migration.ts';
import { task } from './runtime/task.ts';

const input = z.object({ migration: z.string(), epoch: z.number() });

/** Tries every stubborn row once more; people may have mended some. Gives how many are left. */
export const handler = task(input, async (claim, tools): Promise<{ readonly left: number }> => {
  const { plan, settings } = await claimed(tools, claim);
  let left = 0;
  for (const { key } of await tools.ledger.stubbornRows(claim.migration)) {
    const parameters = { ...claim, key, lock_timeout: `${settings.lockTimeoutMs}ms` };
    try {
      const swept = await one(
        tools.database,
        { text: plan.walk?.sweep ?? '', parameters },
        z.object({ held: z.number() }),
      );
      if (swept.held === 0) throw new Fenced(`epoch ${claim.epoch} of ${claim.migration} is over`);
    } catch (error) {
      if (!(error instanceof RowRefused)) throw error;
      left += 1;
    }
  }
  publish(claim.migration, { StubbornRows: left });
  return { left };
});
