import type { Brief, Lock } from './plan.ts';

/** Statements that commit together, as one call. */
export const brief = (does: string, lock: Lock, statements: readonly string[]): Brief => ({
  kind: 'brief',
  does,
  lock,
  statements,
});
