import * as z from 'zod';
import type { Database } from '../../../database/database.ts';
import type { SqlParser } from '../../../database/sql-parser.ts';
import type { OldShapeMeasured } from '../../../evidence/measured.ts';
import type { TableName } from '../../../spec/table-name.ts';
import { tableNaming } from '../naming/function-naming.ts';
import { describeNotes } from '../old-shape.ts';
import { functionBodies } from './catalog-needs.ts';
import { keepingAlias, keepingTable } from './keeping-table.ts';

type Needs = Pick<OldShapeMeasured, 'dependents' | 'functions' | 'notes'>;

/** What in the catalog still needs the table. `base`: where its rows are by now. */
export async function tableNeeds(
  database: Database,
  { table, base }: { readonly table: TableName; readonly base?: TableName },
  parser: SqlParser,
): Promise<Needs> {
  const named = { table, ...(base && { base }) };
  const { dependents, carried } =
    base === undefined ? await keepingTable(database, table) : await keepingAlias(database, table);
  const notes = await database.rows(describeNotes(table), z.object({ note: z.string() }));
  // A body that names the table holds the table's name: it is looked for as a column's is.
  const bodies = await functionBodies({ database, table, column: table.name });
  return {
    dependents,
    functions: bodies.filter((body) => tableNaming(body, named, parser) !== 'no').map(({ name }) => name),
    notes: [...carried, ...notes.map(({ note }) => note)],
  };
}
