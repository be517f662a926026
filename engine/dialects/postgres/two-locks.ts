import type { Brief } from '../../plan/plan.ts';

/**
 * A writer of one table may hold its lock and wait for the other one behind us. PostgreSQL ends that after deadlock_timeout, one
 * second, and it may be the writer whom it ends: both of our waits are over before.
 */
export const twoLocksMs = 400;

/** Of a call that locks two tables, or more. */
export const ofTwoTables = (unit: Brief): Brief => ({ ...unit, waitsAtMostMs: twoLocksMs });
