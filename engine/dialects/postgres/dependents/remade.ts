import type { Database } from '../../../database/database.ts';
import type { SqlParser } from '../../../database/sql-parser.ts';
import type { Around, DependentsRemade, RemadeAsked } from '../../dependents.ts';
import { partsAgain, partsAside } from './parts-aside.ts';
import { planPartsRemade } from './remade-parts.ts';
import { planViewsRemade } from './remade-views.ts';

/**
 * What knows columns by their numbers, or has columns of their type, made again where those get another type under their names.
 * The views are locked before the table, as their readers lock them; they may read what hangs on it, but nothing reads them there.
 */
export async function planRemade(
  database: Database,
  asked: RemadeAsked,
  parser: SqlParser,
): Promise<DependentsRemade> {
  const views = await planViewsRemade(database, asked, parser);
  const parts = await planPartsRemade(database, asked, parser);
  const { table, columns, leaving, arriving } = asked;
  return {
    ...views,
    faults: [...views.faults, ...parts.faults],
    warnings: [...views.warnings, ...parts.warnings],
    run: inside(views.run, partsAside(table, columns, { isWayBack: false }), partsAgain(table, leaving)),
    undo: inside(
      views.undo,
      partsAside(table, columns, { isWayBack: true }),
      partsAgain(table, arriving, parts.texts),
    ),
  };
}

/** The table's parts are set aside after the views, and made again before them. */
const inside = ({ before, after }: Around, aside: string, again: string): Around => ({
  before: [...before, aside],
  after: [again, ...after],
});
