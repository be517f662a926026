import { PreflightFailed } from '../../database/errors.ts';
import type { Brief } from '../../plan/plan.ts';
import type { TableName } from '../../spec/table-name.ts';
import type { NewColumn, RetypedColumn } from '../definitions.ts';
import { identifier } from './quote.ts';
import { alterTable } from './settled.ts';
import { lostDefault, settableDefault, writtenDefault } from './written-default.ts';

/** A column that comes, with its default and NOT NULL at once: MySQL keeps them in its catalog. */
export const addColumn = (table: TableName, { name, type, default: otherwise, notNull }: NewColumn): Brief =>
  alterTable(
    `add ${name}`,
    table,
    `ADD COLUMN ${identifier(name)} ${type}${notNull === true ? ' NOT NULL' : ' NULL'}${otherwise === null ? '' : ` DEFAULT ${writtenDefault(type, otherwise)}`}`,
  );

export const dropColumn = (table: TableName, column: string): Brief =>
  alterTable(`drop ${column}`, table, `DROP COLUMN ${identifier(column)}`);

/** The statement alone. */
const altered = (table: TableName, action: string): string => alterTable('', table, action).statements.join();

export const renameColumn = (table: TableName, from: string, to: string): string =>
  altered(table, `RENAME COLUMN ${identifier(from)} TO ${identifier(to)}`);

export const setDefault = (table: TableName, column: string, expression: string, type = ''): string =>
  altered(table, `ALTER COLUMN ${identifier(column)} SET DEFAULT ${settableDefault(type, expression)}`);

export const dropDefault = (table: TableName, column: string): string =>
  altered(table, `ALTER COLUMN ${identifier(column)} DROP DEFAULT`);

/** The column is written whole: what is left out of MODIFY is lost. */
function modifyColumn(
  does: string,
  table: TableName,
  column: string,
  { definition, nullable }: { readonly definition: string | null; readonly nullable: boolean },
): Brief {
  if (definition === null)
    throw new PreflightFailed(
      `MySQL: not supported yet: ${table.name}.${column} is generated, draws numbers, or has ${lostDefault}`,
    );
  const action = `MODIFY COLUMN ${identifier(column)} ${definition} ${nullable ? 'NULL' : 'NOT NULL'}`;
  return alterTable(does, table, action);
}

export const dropNotNull = (
  _migration: string,
  table: TableName,
  column: string,
  definition: string | null = null,
): Brief => modifyColumn(`let ${column} be NULL again`, table, column, { definition, nullable: true });

/** Refuses NULL: an error where a row holds it. */
export const setNotNull = (
  _migration: string,
  table: TableName,
  column: string,
  definition: string | null = null,
): readonly Brief[] => [
  modifyColumn(`set ${column} NOT NULL`, table, column, { definition, nullable: false }),
];

/** Another type; all else that the column has is kept. */
export const changeType = (
  table: TableName,
  { name, type: old, notNull, definition }: RetypedColumn,
  type: string,
): Brief => {
  // A collation that the column has by itself is in the type that is asked for.
  const rest = definition?.slice(old.length).replace(/^ CHARACTER SET \w+ COLLATE \w+/u, '');
  return modifyColumn(`make ${name} ${type}`, table, name, {
    definition: rest === undefined ? null : `${type}${rest}`,
    nullable: !notNull,
  });
};
