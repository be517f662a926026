import { brief } from '../../plan/brief.ts';
import type { Brief } from '../../plan/plan.ts';
import type { TableName } from '../../spec/table-name.ts';
import type { NewColumn } from '../definitions.ts';
import { setColumn } from './carried.ts';
import { addedInCatalog } from './catalog-alone.ts';
import { alterTable, grantedTo, identifier, literal, qualifiedName } from './quote.ts';

/** Adds a column that holds NULL, or a constant default that PostgreSQL keeps in the catalog: no row is rewritten. */
export function addColumn(table: TableName, column: NewColumn): Brief {
  const name = identifier(column.name);
  const collate = column.collation === null ? '' : ` COLLATE ${column.collation}`;
  const otherwise = column.default === null ? '' : ` DEFAULT ${column.default}`;
  const holdsNull = column.default === null || column.default === 'NULL';
  return brief(`add ${column.name}`, 'ACCESS EXCLUSIVE', [
    ...(column.mayCost === true ? addedInCatalog(table, { ...column, holdsNull }) : []),
    alterTable(table, `ADD COLUMN ${name} ${column.type}${collate}${otherwise}`),
    ...(column.comment === null
      ? []
      : [`COMMENT ON COLUMN ${qualifiedName(table)}.${name} IS ${literal(column.comment)}`]),
    ...column.grants.map(
      (grant) => `GRANT ${grant.privilege} (${name}) ON ${qualifiedName(table)} ${grantedTo(grant)}`,
    ),
    ...(column.settings === null ? [] : setColumn(table, column.name, column.settings)),
  ]);
}

export const dropColumn = (table: TableName, column: string): Brief =>
  brief(`drop ${column}`, 'ACCESS EXCLUSIVE', [
    alterTable(table, `DROP COLUMN IF EXISTS ${identifier(column)}`),
  ]);

export const setDefault = (table: TableName, column: string, expression: string): string =>
  alterTable(table, `ALTER COLUMN ${identifier(column)} SET DEFAULT ${expression}`);

export const dropDefault = (table: TableName, column: string): string =>
  alterTable(table, `ALTER COLUMN ${identifier(column)} DROP DEFAULT`);

export const renameColumn = (table: TableName, from: string, to: string): string =>
  alterTable(table, `RENAME COLUMN ${identifier(from)} TO ${identifier(to)}`);
