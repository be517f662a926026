import * as z from 'zod';
import { task } from './runtime/task.ts';

const input = z.object({
  migration: z.string(),
  epoch: z.number(),
  status: z.enum(['completed', 'rolled-back', 'failed']),
});

/** Writes how the migration ended. */
export const handler = task(
  input,
  async ({ status, ...claim }, { ledger }): Promise<{ readonly status: string }> => {
    await ledger.close(claim, status);
    return { status };
  },
);
