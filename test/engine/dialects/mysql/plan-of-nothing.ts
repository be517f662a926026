import type { Plan } from '../../../../engine/plan/plan.ts';
import { expectsNothing } from '../../expects-nothing.ts';

/** A plan on MySQL that does nothing to a table. */
export const planOfNothing = (migration: string, table: Plan['table']): Plan => ({
  migration,
  engine: 'mysql',
  table,
  shape: { kind: 'none', breaks: null },
  estimatedRows: 0,
  warnings: [],
  phases: {},
  walks: [],
  expects: expectsNothing,
});
