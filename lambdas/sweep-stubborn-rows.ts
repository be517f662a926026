import * as z from 'zod';
import { publish } from './runtime/metrics.ts';
import { database, ledger } from './runtime/database.ts';
import { step } from './steps/step.ts';
import { sweepStubbornRows } from './steps/stubborn.ts';

const input = z.object({ migration: z.string(), epoch: z.number() });

/** Tries every stubborn row once more; people may have fixed some. Gives how many are left. */
export const handler = step(
  { input, uses: { database, ledger }, before: ['leave'], after: [] },
  async (_, { claim, plan, settings, tools }): Promise<{ readonly left: number }> => {
    const left = await sweepStubbornRows(claim, { plan, settings, tools });
    publish({ ...claim, target: tools.target.name }, { StubbornRows: left });
    return { left };
  },
);
