import * as z from 'zod';
import { column, type Column } from '../../catalog/facts.ts';
import type { Database } from '../../database/database.ts';
import { PreflightFailed, StatementRefused } from '../../database/errors.ts';
import type { TableName } from '../../spec/table-name.ts';
import type { Expression } from '../inspector.ts';
import { describeColumns } from './catalog.ts';
import { columnsIn, strangerIn } from './expression.ts';
import { refuseType } from './pair.ts';
import { identifier, qualifiedName } from './quote.ts';

/** Whether an expression reads over what it may name. Raises what is against it; no row is read. */
export async function triedExpression(
  database: Database,
  table: TableName,
  { text, over }: Expression,
): Promise<void> {
  const row = over === null ? await database.rows(describeColumns(table), column) : null;
  const names = row?.map(({ name }) => name) ?? over?.map((each) => each.column) ?? [];
  const stranger = strangerIn(text, names);
  if (stranger !== undefined)
    throw new StatementRefused(`${stranger} is neither a column of it nor a word that it may use`);
  if (row !== null) refuseColumns(table, namedIn(text, row));
  const from =
    row === null
      ? `(SELECT ${names.map((name) => `NULL AS ${identifier(name)}`).join(', ')}) AS one`
      : qualifiedName(table);
  await database.rows(
    {
      text: `SELECT JSON_OBJECT('isNull', (${text}) IS NULL) FROM ${from} WHERE FALSE`,
      catalogOnly: true,
    },
    z.object({}),
  );
}

const namedIn = (text: string, row: readonly Column[]): readonly Column[] => {
  const named = columnsIn(
    text,
    row.map(({ name }) => name),
  );
  return row.filter(({ name }) => named.includes(name));
};

/** Values of which a function would get something else than the row has. */
function refuseColumns(table: TableName, named: readonly Column[]): void {
  for (const { name, type, generated } of named) {
    if (generated)
      throw new PreflightFailed(
        `MySQL: not supported yet: an expression that names ${table.name}.${name}, which is generated: a trigger runs before it is. Nothing was changed.`,
      );
    refuseType(table, name, type);
  }
}

/** Refuses an expression that a trigger would compute before the number of its row is drawn. */
export async function refuseDrawnNumbers(database: Database, table: TableName, text: string): Promise<void> {
  const row = await database.rows(describeColumns(table), column);
  const drawn = namedIn(text, row).find(({ identity }) => identity);
  if (drawn !== undefined)
    throw new PreflightFailed(
      `MySQL: not supported yet: an expression that names ${table.name}.${drawn.name}, whose number is drawn after the trigger has run. Nothing was changed.`,
    );
}
