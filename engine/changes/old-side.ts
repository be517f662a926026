import type { Database } from '../database/database.ts';
import type { Plan } from '../plan/plan.ts';
import { isAliased } from '../shapes/shape.ts';
import type { Compiled } from './kind.ts';

/** What the plan is made for: the columns whose place others take, as they are now. */
export async function oldSideOf(
  { shape }: Pick<Compiled, 'shape'>,
  database: Database,
): Promise<Pick<Plan, 'oldSide'>> {
  if (shape.kind !== 'columns' || shape.old.columns.length === 0 || isAliased(shape)) return {};
  const { table, columns } = shape.old;
  const oldSide = await database.dialect.look.side(database, {
    table,
    columns: columns.map(({ name }) => name),
  });
  return { oldSide };
}
