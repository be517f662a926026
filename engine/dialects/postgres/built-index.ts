import { brief } from '../../plan/brief.ts';
import type { Brief, Online } from '../../plan/plan.ts';
import type { TableName } from '../../spec/table-name.ts';
import { createIndex } from './index-builds.ts';
import { indexDefinition } from './index-definition.ts';
import { dollarQuoted, identifier, literal, qualifiedName, regclass } from './quote.ts';
import { isRunning, tag } from './running-statement.ts';

interface Known {
  readonly name: string;
  readonly definition: string;
}

/** The index of that name, if it is the one that is meant: on this table, and with this definition. */
const meant = (table: TableName, { name, definition }: Known): string => `FROM pg_index AS i
JOIN pg_class AS x ON x.oid = i.indexrelid
WHERE i.indexrelid = to_regclass(${literal(qualifiedName({ schema: table.schema, name }))}) AND i.indrelid = ${regclass(table)}
  AND ${indexDefinition(literal(table.schema), literal(table.name))} = ${literal(definition)}`;

/** A name that somebody else took meanwhile makes the statement fail: an index of theirs is never taken for ours. */
export function buildIndex(
  migration: string,
  table: TableName,
  index: Known & { readonly unique: boolean },
): Online {
  const created = createIndex(migration, table, index.name, index);
  return {
    ...created,
    state: `SELECT json_build_object('state', CASE
  WHEN ${isRunning(migration, index.name)} OR EXISTS (
    SELECT FROM pg_stat_progress_create_index AS p WHERE p.relid = ${regclass(table)} AND p.index_relid = here.oid) THEN 'running'
  WHEN here.valid THEN 'done'
  WHEN here.oid IS NOT NULL THEN 'broken'
  ELSE 'absent' END)::text
FROM (SELECT) AS nothing
LEFT JOIN (
SELECT i.indexrelid AS oid, i.indisvalid AS valid
${meant(table, index)}
) AS here ON true`,
  };
}

export const unbuildIndex = (table: TableName, index: Known): Brief =>
  brief(`drop ${index.name}`, 'ACCESS EXCLUSIVE', [
    `DO ${dollarQuoted(
      `BEGIN
  IF EXISTS (SELECT
${meant(table, index)}) THEN
    DROP INDEX ${qualifiedName({ schema: table.schema, name: index.name })};
  END IF;
END`,
      'unbuild',
    )}`,
  ]);

/** Queries that use it end before it goes. One that was stopped leaves it INVALID, and is sent again. */
export const takeIndexAway = (migration: string, table: TableName, name: string): Online => ({
  kind: 'online',
  does: `drop ${name}`,
  lock: 'SHARE UPDATE EXCLUSIVE',
  statement: `${tag(migration, name)}\nDROP INDEX CONCURRENTLY ${identifier(table.schema)}.${identifier(name)}`,
  scans: 0,
  state: `SELECT json_build_object('state', CASE
  WHEN ${isRunning(migration, name)} THEN 'running'
  WHEN to_regclass(${literal(qualifiedName({ schema: table.schema, name }))}) IS NULL THEN 'done'
  ELSE 'absent' END)::text`,
  clean: null,
});
