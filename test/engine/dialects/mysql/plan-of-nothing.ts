import type { Plan } from '../../../../engine/plan/plan.ts';
import { planForTests } from '../../plan-for-tests.ts';

/** A plan on MySQL that does nothing to a table. */
export const planOfNothing = (migration: string, table: Plan['table']): Plan =>
  planForTests({ migration, engine: 'mysql', table, shape: { kind: 'none', breaks: null }, phases: {} });
