import * as z from 'zod';
import { countedRows, type Audit } from '../engine/audit/audit.ts';
import { auditNow } from './steps/audited.ts';
import { claimed } from './steps/migration.ts';
import { task } from './runtime/task.ts';

const input = z.object({
  migration: z.string(),
  epoch: z.number(),
  outcome: z.enum(['completed', 'rolled-back']),
});

/**
 * Compares the table with what the migration was to make of it and names what is left over: for the last notification,
 * the ledger and `underpin status`.
 */
export const handler = task(input, async ({ outcome, ...claim }, tools): Promise<Audit> => {
  const { plan } = await claimed(tools, claim);
  const found = await auditNow(tools, plan, outcome);
  const counted = outcome === 'completed' ? await countedRows(tools.database, plan) : undefined;
  const audit = { ...found, passed: [...found.passed, ...(counted === undefined ? [] : [counted])] };
  await tools.ledger.journal.keepAudit(claim, audit);
  return audit;
});
