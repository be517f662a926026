import type { Plan } from '../../engine/plan/plan.ts';
import { oneWalk } from '../../engine/plan/walk.ts';
import { expectsNothing } from './expects-nothing.ts';

/** A plan for public.users that nobody runs; what is not said does nothing. */
export const planForTests = (says: Pick<Plan, 'shape' | 'phases'> & Partial<Plan>): Plan => ({
  migration: 'm',
  engine: 'postgres',
  table: { schema: 'public', name: 'users' },
  estimatedRows: 0,
  warnings: [],
  walks: [],
  expects: expectsNothing,
  ...says,
});

/** A walk whose statements nobody sends. */
export const walksForTests = oneWalk({ cut: '', batch: '', check: '', skip: '', sweep: '', list: '' });
