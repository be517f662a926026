import * as z from 'zod';
import { askStuckParts } from '../dependents/bound-parts.ts';
import { qualifiedName } from '../quote.ts';
import type { ColumnPlace } from './old-column.ts';

const stuck = z.object({ what: z.string() });

/**
 * Views over a column, those over them, and what of the table knows the column, as far as they cannot be made again. The functions
 * are there since the plan was made.
 */
export async function stuckDependents({ database, table, column }: ColumnPlace): Promise<readonly string[]> {
  const views = await database.rows(
    {
      text: `SELECT json_build_object('what', format('view %s, which cannot be made again: %s', o.view::regclass, underpin.view_obstacle(o.view)))::text
FROM underpin.views_over(:table, (:columns)::jsonb) AS o
WHERE underpin.view_obstacle(o.view) IS NOT NULL
ORDER BY 1`,
      parameters: { table: qualifiedName(table), columns: JSON.stringify([column]) },
    },
    stuck,
  );
  const parts = await database.rows(askStuckParts(table, [column]), stuck);
  return [...views, ...parts].map(({ what }) => what);
}
