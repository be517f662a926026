import * as z from 'zod';
import type { Claim, Ledger } from '../engine/ledger/ledger.ts';
import { storedPlan } from '../engine/plan/stored.ts';
import { ledger } from './runtime/database.ts';
import { publishOpen } from './runtime/metrics.ts';
import { readFlag, type ReadFlag } from './runtime/read-flag.ts';
import { task } from './runtime/task.ts';

const input = z.object({
  migration: z.string(),
  epoch: z.number(),
  status: z.enum(['completed', 'rolled-back', 'failed']),
});

/** Writes how the migration ended; where the application writes both sides, the old one is the truth again. */
export const handler = task(
  { input, uses: { ledger, readFlag } },
  async ({ status, ...claim }, tools): Promise<{ readonly status: string }> => {
    if (status === 'rolled-back') await letOldWin(claim, tools);
    await tools.ledger.close(claim, status);
    publishOpen(tools.target, await tools.ledger.running());
    return { status };
  },
);

/** The old side has caught up: what was strict for that time ends. The flag of another start is left alone. */
async function letOldWin(
  { migration, epoch }: Claim,
  tools: { readonly ledger: Ledger; readonly readFlag: ReadFlag },
): Promise<void> {
  const record = await tools.ledger.find(migration);
  if (record?.epoch !== epoch || storedPlan(record).follow !== 'application') return;
  // Whatever the newest flag says: an earlier call may have stored it and not deployed it.
  await tools.readFlag.switchBack(migration);
}
