import * as z from 'zod';
import { publish } from './runtime/metrics.ts';
import { task } from './runtime/task.ts';

const input = z.object({ migration: z.string() });

/**
 * Sends all reads to the old shape. The first act of every rollback: it asks nothing of the database and stops
 * whatever deployment is under way.
 */
export const handler = task(input, async ({ migration }, { readFlag }): Promise<{ readonly percent: 0 }> => {
  await readFlag.switchBack(migration);
  publish(migration, { ReadShare: 0 });
  return { percent: 0 };
});
