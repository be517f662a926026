import type { Database } from '../../engine/database/database.ts';
import { inspectorOf } from '../../engine/dialects/planning-dialect.ts';
import type { TableName } from '../../engine/spec/table-name.ts';
import { seededRandom } from '../../rehearsal/traffic/random.ts';

/** Tables, each with the columns of it that are asked. */
export type Drawn = readonly { readonly table: TableName; readonly columns: ReadonlySet<string> }[];

/** So many columns of all that tables have, at random; the same ones each time. */
export async function drawColumns(
  database: Database,
  tables: readonly TableName[],
  count: number,
): Promise<Drawn> {
  const inspect = inspectorOf(database);
  const all: { readonly table: TableName; readonly column: string }[] = [];
  for (const table of tables) {
    const facts = await inspect.table(table);
    if (facts === undefined || facts.kind === 'other' || facts.partition) continue;
    for (const { name } of await inspect.columns(table)) all.push({ table, column: name });
  }
  const random = seededRandom(42);
  const drawn = all
    .map((each) => ({ each, at: random() }))
    .toSorted((one, other) => one.at - other.at)
    .slice(0, count)
    .map(({ each }) => each);
  return tables.flatMap((table) => {
    const columns = drawn.filter((each) => each.table === table).map(({ column }) => column);
    return columns.length === 0 ? [] : [{ table, columns: new Set(columns) }];
  });
}
