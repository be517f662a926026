import type { Database } from '../database/database.ts';
import type { Plan } from '../plan/plan.ts';
import { sideFactsOf } from '../catalog/side-facts.ts';
import { isAliased } from '../shapes/shape.ts';
import type { CompiledChange } from './kind.ts';

/** What the plan is made for: the columns whose place others take, as they are now. */
export async function oldSideOf(
  { shape }: Pick<CompiledChange, 'shape'>,
  database: Database,
): Promise<Pick<Plan, 'oldSide'>> {
  if (shape.kind !== 'columns' && shape.kind !== 'split') return {};
  if (shape.old.columns.length === 0 || isAliased(shape)) return {};
  return { oldSide: await sideFactsOf(shape.old, database) };
}
