import { PreflightFailed } from '../../database/errors.ts';
import type { Online } from '../../plan/plan.ts';
import type { TableName } from '../../spec/table-name.ts';
import { identifier, literal, qualifiedName } from './quote.ts';
import { running, tag } from './running-statement.ts';
import { onlineProcedure } from './units.ts';

/** A statement beside the traffic waits for its lock this long at its beginning and at its end; so does who comes behind it. */
const lockSeconds = 2;

interface Altered {
  readonly name: string;
  /** Without NULL or NOT NULL. */
  readonly definition: string | null;
}

/**
 * Writes the table anew in place while it is read and written (ALGORITHM=INPLACE, LOCK=NONE): MySQL refuses the statement
 * where it cannot. What is written meanwhile goes to a log of the server's, up to innodb_online_alter_log_max_size.
 */
function modifyColumn(migration: string, table: TableName, column: Altered, nullable: boolean): Online {
  if (column.definition === null)
    throw new PreflightFailed(
      `MySQL: not supported yet: ${table.name}.${column.name} is generated, draws numbers or has an expression for a default`,
    );
  const what = `${column.name} ${nullable ? 'NULL' : 'NOT NULL'}`;
  const statement =
    `${tag(migration, what)}\nALTER TABLE ${qualifiedName(table)}\n` +
    `  MODIFY COLUMN ${identifier(column.name)} ${column.definition} ${nullable ? 'NULL' : 'NOT NULL'},\n` +
    `  ALGORITHM = INPLACE, LOCK = NONE`;
  return {
    kind: 'online',
    does: nullable ? `let ${column.name} be NULL again` : `set ${column.name} NOT NULL`,
    lock: 'none',
    statement: onlineProcedure.call(String(lockSeconds), literal(statement)),
    scans: 1,
    state: `SELECT JSON_OBJECT('state', CASE
  WHEN c.is_nullable = ${literal(nullable ? 'YES' : 'NO')} THEN 'done'
  WHEN ${running(migration, what)} THEN 'running'
  ELSE 'absent' END)
FROM information_schema.columns AS c
WHERE c.table_schema = ${literal(table.schema)} AND c.table_name = ${literal(table.name)}
  AND c.column_name = ${literal(column.name)}`,
    clean: null,
  };
}

export const dropNotNull = (
  migration: string,
  table: TableName,
  name: string,
  definition: string | null = null,
): Online => modifyColumn(migration, table, { name, definition }, true);

/** Refuses NULL: an error where a row holds it. */
export const setNotNull = (
  migration: string,
  table: TableName,
  name: string,
  definition: string | null = null,
): readonly Online[] => [modifyColumn(migration, table, { name, definition }, false)];
