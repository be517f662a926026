import { brief } from '../../plan/brief.ts';
import type { Brief, Online } from '../../plan/plan.ts';
import type { TableName } from '../../spec/table-name.ts';
import { alterTable, identifier, literal, qualifiedName, regclass } from './quote.ts';
import { isRunning, tag } from './running-statement.ts';

export const renameIndex = (table: TableName, from: string, to: string): string =>
  `ALTER INDEX ${qualifiedName({ schema: table.schema, name: from })}\n  RENAME TO ${identifier(to)}`;

export const dropIndex = (table: TableName, name: string): string =>
  `DROP INDEX IF EXISTS ${qualifiedName({ schema: table.schema, name })}`;

/**
 * Builds an index beside the traffic. A failed build leaves an INVALID index, which is dropped and built again; a
 * statement that is sent twice finds the index of the first and does nothing, and `state` says what that one is worth.
 */
export function createIndex(
  migration: string,
  table: TableName,
  name: string,
  index: { readonly unique: boolean; readonly definition: string },
): Online {
  const full = qualifiedName({ schema: table.schema, name });
  return {
    kind: 'online',
    does: `build ${name}`,
    lock: 'SHARE UPDATE EXCLUSIVE',
    statement:
      `${tag(migration, name)}\n` +
      `CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX CONCURRENTLY ${identifier(name)}\n  ON ${qualifiedName(table)} ${index.definition}`,
    // Concurrently means twice: what the first pass missed, the second adds.
    scans: 2,
    // A proxy may have taken the comment from the statement; an index that is being built must not be taken for a broken one.
    state: `SELECT json_build_object('state', CASE
  WHEN ${isRunning(migration, name)} OR EXISTS (
    SELECT FROM pg_stat_progress_create_index AS p WHERE p.index_relid = i.indexrelid) THEN 'running'
  WHEN i.indisvalid THEN 'done'
  WHEN i.indexrelid IS NOT NULL THEN 'broken'
  ELSE 'absent' END)::text
FROM (SELECT) AS here
LEFT JOIN pg_index AS i ON i.indexrelid = to_regclass(${literal(full)}) AND i.indrelid = ${regclass(table)}`,
    clean: `DROP INDEX CONCURRENTLY IF EXISTS ${full}`,
  };
}

/** Without a scan: its columns are NOT NULL. */
export const takePrimaryKey = (table: TableName, name: string): string =>
  alterTable(table, `ADD CONSTRAINT ${identifier(name)} PRIMARY KEY USING INDEX ${identifier(name)}`);

export const adoptIndex = (
  table: TableName,
  name: string,
  { deferrable, deferred }: { readonly deferrable: boolean; readonly deferred: boolean },
): readonly Brief[] => [
  brief(`make ${name} a constraint`, 'ACCESS EXCLUSIVE', [
    alterTable(table, `ADD CONSTRAINT ${identifier(name)} UNIQUE USING INDEX ${identifier(name)}`) +
      (deferrable ? ` DEFERRABLE INITIALLY ${deferred ? 'DEFERRED' : 'IMMEDIATE'}` : ''),
  ]),
];
