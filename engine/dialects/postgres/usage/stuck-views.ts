import * as z from 'zod';
import { qualifiedName } from '../quote.ts';
import type { ColumnPlace } from './old-column.ts';

const stuck = z.object({ what: z.string() });

/** Views over a column, and those over them, that cannot be dropped and made again. The functions are there since the plan was made. */
export async function stuckViews({ database, table, column }: ColumnPlace): Promise<readonly string[]> {
  const found = await database.rows(
    {
      text: `SELECT json_build_object('what', format('view %s, which cannot be made again: %s', o.view::regclass, underpin.view_obstacle(o.view)))::text
FROM underpin.views_over(:table, (:columns)::jsonb) AS o
WHERE underpin.view_obstacle(o.view) IS NOT NULL
ORDER BY 1`,
      parameters: { table: qualifiedName(table), columns: JSON.stringify([column]) },
    },
    stuck,
  );
  return found.map(({ what }) => what);
}
