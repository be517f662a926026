import type { Database } from '../database/database.ts';
import type { SideFact } from '../plan/side-facts.ts';
import type { ShapeSide } from '../shapes/columns-shape.ts';

/** What hangs on the columns of a side now. */
export const sideFactsOf = (
  { table, columns }: ShapeSide,
  database: Database,
): Promise<readonly SideFact[]> =>
  database.dialect.look.side(database, { table, columns: columns.map(({ name }) => name) });
