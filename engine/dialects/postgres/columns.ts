import type { Brief } from '../../plan/plan.ts';
import type { TableName } from '../../spec/table-name.ts';
import type { NewColumn, RetypedColumn } from '../definitions.ts';
import { setColumn } from './carried.ts';
import { identifier, literal, qualifiedName } from './quote.ts';

/** Adds a column that holds NULL, or a constant default that PostgreSQL keeps in the catalog: no row is rewritten. */
export function addColumn(table: TableName, column: NewColumn): Brief {
  const name = identifier(column.name);
  const collate = column.collation === null ? '' : ` COLLATE ${column.collation}`;
  const otherwise = column.default === null ? '' : ` DEFAULT ${column.default}`;
  return {
    kind: 'brief',
    does: `add ${column.name}`,
    lock: 'ACCESS EXCLUSIVE',
    statements: [
      `ALTER TABLE ${qualifiedName(table)}\n  ADD COLUMN ${name} ${column.type}${collate}${otherwise}`,
      ...(column.comment === null
        ? []
        : [`COMMENT ON COLUMN ${qualifiedName(table)}.${name} IS ${literal(column.comment)}`]),
      ...column.grants.map(
        ({ grantee, privilege, grantable }) =>
          `GRANT ${privilege} (${name}) ON ${qualifiedName(table)} TO ${grantee === null ? 'PUBLIC' : identifier(grantee)}` +
          (grantable ? ' WITH GRANT OPTION' : ''),
      ),
      ...(column.settings === null ? [] : setColumn(table, column.name, column.settings)),
    ],
  };
}

export const dropColumn = (table: TableName, column: string): Brief => ({
  kind: 'brief',
  does: `drop ${column}`,
  lock: 'ACCESS EXCLUSIVE',
  statements: [`ALTER TABLE ${qualifiedName(table)}\n  DROP COLUMN IF EXISTS ${identifier(column)}`],
});

export const changeType = (
  table: TableName,
  { name: column }: Pick<RetypedColumn, 'name'>,
  type: string,
): Brief => ({
  kind: 'brief',
  does: `make ${column} ${type}, in the catalog alone`,
  lock: 'ACCESS EXCLUSIVE',
  statements: [`ALTER TABLE ${qualifiedName(table)}\n  ALTER COLUMN ${identifier(column)} TYPE ${type}`],
});

export const setDefault = (table: TableName, column: string, expression: string): string =>
  `ALTER TABLE ${qualifiedName(table)}\n  ALTER COLUMN ${identifier(column)} SET DEFAULT ${expression}`;

export const dropDefault = (table: TableName, column: string): string =>
  `ALTER TABLE ${qualifiedName(table)}\n  ALTER COLUMN ${identifier(column)} DROP DEFAULT`;

export const renameColumn = (table: TableName, from: string, to: string): string =>
  `ALTER TABLE ${qualifiedName(table)}\n  RENAME COLUMN ${identifier(from)} TO ${identifier(to)}`;
