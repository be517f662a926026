import type { Brief, Lock } from './plan.ts';

/** Statements that commit together, as one call. */
export const brief = (does: string, lock: Lock, statements: readonly string[]): Brief => ({
  kind: 'brief',
  does,
  lock,
  statements,
});

/** The same of statements that evaluate nothing over rows: what the database says of one of them may be passed on. */
export const catalogBrief = (does: string, lock: Lock, statements: readonly string[]): Brief => ({
  ...brief(does, lock, statements),
  catalogOnly: true,
});
