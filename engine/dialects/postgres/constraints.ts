import { brief } from '../../plan/brief.ts';
import type { Brief, Online } from '../../plan/plan.ts';
import type { TableName } from '../../spec/table-name.ts';
import { notNullCheck } from './made-names.ts';
import { alterTable, identifier, literal, regclass } from './quote.ts';
import { isRunning, tag } from './running-statement.ts';
import { ofTwoTables } from './two-locks.ts';

/** A check or foreign key that holds for new rows at once and for old ones when a scan beside the traffic is done. */
export function addConstraint(
  migration: string,
  table: TableName,
  name: string,
  definition: string,
): readonly (Brief | Online)[] {
  const isForeignKey = definition.startsWith('FOREIGN KEY');
  const lock = isForeignKey ? 'SHARE ROW EXCLUSIVE' : 'ACCESS EXCLUSIVE';
  const notValid = `${definition.replace(/ NOT VALID$/u, '')} NOT VALID`;
  const added = brief(`add ${name}, not yet validated`, lock, [
    alterTable(table, `ADD CONSTRAINT ${identifier(name)} ${notValid}`),
  ]);
  return [
    isForeignKey ? ofTwoTables(added) : added,
    {
      kind: 'online',
      does: `validate ${name}`,
      lock: 'SHARE UPDATE EXCLUSIVE',
      statement: `${tag(migration, name)}\n${alterTable(table, `VALIDATE CONSTRAINT ${identifier(name)}`)}`,
      scans: 1,
      state: `SELECT json_build_object('state', CASE
  WHEN (SELECT convalidated FROM pg_constraint
        WHERE conrelid = ${regclass(table)} AND conname = ${literal(name)}) THEN 'done'
  WHEN ${isRunning(migration, name)} THEN 'running'
  ELSE 'absent' END)::text`,
      clean: null,
    },
  ];
}

export const dropConstraint = (table: TableName, name: string): string =>
  alterTable(table, `DROP CONSTRAINT IF EXISTS ${identifier(name)}`);

export const renameConstraint = (table: TableName, from: string, to: string): string =>
  alterTable(table, `RENAME CONSTRAINT ${identifier(from)} TO ${identifier(to)}`);

/**
 * What NOT NULL asks of a value. IS NOT NULL asks a composite one for each of its fields: rows that may stay would be refused, and SET NOT NULL
 * would not trust the check. Of every other type both are the same test.
 */
export const isThere = (column: string): string => `${identifier(column)} IS DISTINCT FROM NULL`;

/** NOT NULL without a scan under a strong lock: a check, validated beside the traffic, that SET NOT NULL then trusts. */
export function setNotNull(migration: string, table: TableName, column: string): readonly (Brief | Online)[] {
  const check = notNullCheck(migration);
  return [
    ...addConstraint(migration, table, check, `CHECK (${isThere(column)})`),
    brief(`set ${column} NOT NULL`, 'ACCESS EXCLUSIVE', [
      alterTable(table, `ALTER COLUMN ${identifier(column)} SET NOT NULL`),
      alterTable(table, `DROP CONSTRAINT ${identifier(check)}`),
    ]),
  ];
}

export const dropNotNull = (migration: string, table: TableName, column: string): Brief =>
  brief(`let ${column} be NULL again`, 'ACCESS EXCLUSIVE', [
    alterTable(table, `ALTER COLUMN ${identifier(column)} DROP NOT NULL`),
    alterTable(table, `DROP CONSTRAINT IF EXISTS ${identifier(notNullCheck(migration))}`),
  ]);
