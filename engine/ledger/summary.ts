import * as z from 'zod';
import { tableName } from '../spec/table-name.ts';
import { phaseNames } from '../plan/plan.ts';
import { orderedPace, standingOrder } from './standing-order.ts';

export const ledgerStatus = z.enum(['running', 'rolled-back', 'completed', 'failed']);
export type Status = z.infer<typeof ledgerStatus>;

/** A migration in a line: what, how far, whose. */
export const migrationSummary = z.object({
  name: z.string(),
  goal: z.string(),
  owner: z.string().nullable(),
  ticket: z.string().nullable(),
  table: tableName,
  status: ledgerStatus,
  phase: z.union([z.enum(phaseNames), z.enum(['plan', 'done'])]),
  epoch: z.number(),
  /** ARN of the execution that has it, or had it last. */
  execution: z.string(),
  updatedAt: z.string(),
  /** As the database's statistics had it when the migration was planned. */
  estimatedRows: z.number(),
  backfilledRows: z.number(),
  stubbornRows: z.number(),
  /** What a person ordered and nobody has taken back. */
  order: standingOrder.nullable(),
  pace: orderedPace.nullable(),
});
export type MigrationSummary = z.infer<typeof migrationSummary>;
