import * as z from 'zod';
import { hanging, type Hanging } from '../../../catalog/facts.ts';
import type { Database } from '../../../database/database.ts';
import type { SqlParser } from '../../../database/sql-parser.ts';
import type { OldShapeMeasured } from '../../../evidence/measured.ts';
import type { TableName } from '../../../spec/table-name.ts';
import { describeHanging } from '../hanging.ts';
import { tableNaming } from '../naming/function-naming.ts';
import { describeNotes } from '../old-shape.ts';
import { functionBodies } from './catalog-needs.ts';

/** What goes with the table, or follows it, and keeps nothing. */
const goes: ReadonlySet<Hanging['kind']> = new Set([
  'own rule',
  'own key',
  'own policy',
  'own sequence',
  'own trigger',
  'publication',
]);

type Needs = Pick<OldShapeMeasured, 'dependents' | 'functions' | 'notes'>;

/** What in the catalog still needs the table. */
export async function tableNeeds(database: Database, table: TableName, parser: SqlParser): Promise<Needs> {
  const hangs = await database.rows(describeHanging(table), hanging);
  const notes = await database.rows(describeNotes(table), z.object({ note: z.string() }));
  // A body that names the table holds the table's name: it is looked for as a column's is.
  const bodies = await functionBodies({ database, table, column: table.name });
  return {
    dependents: [...new Set(hangs.filter(({ kind }) => !goes.has(kind)).map(({ what }) => what))],
    functions: bodies.filter((body) => tableNaming(body, table, parser) !== 'no').map(({ name }) => name),
    notes: notes.map(({ note }) => note),
  };
}
