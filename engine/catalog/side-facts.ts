import type { Database } from '../database/database.ts';
import type { SideFact } from '../plan/side-facts.ts';
import { isAliased, type Shape } from '../shapes/shape.ts';

/** What hangs now on the columns that leave, whether others take their place or none; null where the change has none of its own. */
export async function sideFactsOf(shape: Shape, database: Database): Promise<readonly SideFact[] | null> {
  const side = leavingSide(shape);
  if (side === null || side.columns.length === 0) return null;
  return database.dialect.look.side(database, {
    table: side.table,
    columns: side.columns.map(({ name }) => name),
    arriving: 'new' in shape ? shape.new.columns : [],
    isMoved: shape.kind === 'split',
  });
}

function leavingSide(shape: Shape) {
  if (shape.kind === 'farewell') return shape.what === 'columns' ? shape.leaving : null;
  // Behind both names of an alias is one column.
  return (shape.kind === 'columns' && !isAliased(shape)) || shape.kind === 'split' ? shape.old : null;
}
