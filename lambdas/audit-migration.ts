import * as z from 'zod';
import { countedRows, type Audit } from '../engine/audit/audit.ts';
import { auditNow } from './steps/audited.ts';
import { database, ledger } from './runtime/database.ts';
import { readFlag } from './runtime/read-flag.ts';
import { step } from './steps/step.ts';

const input = z.object({
  migration: z.string(),
  epoch: z.number(),
  outcome: z.enum(['completed', 'rolled-back']),
});

/**
 * Compares the table with what the migration was to make of it and names what is left over: for the last notification,
 * the ledger and `underpin status`.
 */
export const handler = step(
  { input, uses: { database, ledger, readFlag }, before: [], after: [] },
  async ({ outcome }, { claim, plan, tools }): Promise<Audit> => {
    const found = await auditNow(tools, plan, outcome);
    const counted = outcome === 'completed' ? await countedRows(tools.database, plan) : undefined;
    const audit = { ...found, passed: [...found.passed, ...(counted === undefined ? [] : [counted])] };
    await tools.ledger.journal.keepAudit(claim, audit);
    return audit;
  },
);
