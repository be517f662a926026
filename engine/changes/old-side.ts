import type { Database } from '../database/database.ts';
import type { Plan } from '../plan/plan.ts';
import { sideFactsOf } from '../catalog/side-facts.ts';
import type { CompiledChange } from './kind.ts';

/** What the plan is made for: the columns that leave, as they are now. */
export async function oldSideOf(
  { shape }: Pick<CompiledChange, 'shape'>,
  database: Database,
): Promise<Pick<Plan, 'oldSide'>> {
  const oldSide = await sideFactsOf(shape, database);
  return oldSide === null ? {} : { oldSide };
}
