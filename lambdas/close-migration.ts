import * as z from 'zod';
import { ledger } from './runtime/database.ts';
import { task } from './runtime/task.ts';

const input = z.object({
  migration: z.string(),
  epoch: z.number(),
  status: z.enum(['completed', 'rolled-back', 'failed']),
});

/** Writes how the migration ended. */
export const handler = task(
  { input, uses: { ledger } },
  async ({ status, ...claim }, tools): Promise<{ readonly status: string }> => {
    await tools.ledger.close(claim, status);
    return { status };
  },
);
