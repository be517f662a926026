import type { TableSplit } from '../../splits.ts';
import { functionName } from '../made-names.ts';
import { dollarQuoted, identifier, indentLines, literal, qualifiedName } from '../quote.ts';
import type { Trigger } from '../trigger.ts';

// Which columns the other branch of an INSERT sets, for its rows. PostgreSQL wakes statement triggers of INSERT when such a statement
// begins, and those of UPDATE right after them, `UPDATE OF` by the columns of the branch; but only for the first of several writes
// that one WITH makes. What has been found is kept in a setting, one frame for each statement that has begun and not ended, the
// innermost last: `;<node>/`, then `+/1/3/` of a branch that sets the first and the third column, then what has happened since.

/** Some row was given what the branch sets. */
const used = '*';
/** An INSERT of the statement has ended. */
const ended = '.';
/** Somebody's UPDATE has begun, which is no branch of this INSERT. */
const other = '!';

const frames = (table: string): string => `pg_catalog.concat('underpin.branches_', ${table})`;
const kept = (table: string): string => `coalesce(current_setting(${frames(table)}, true), '')`;
const keep = (value: string): string => `PERFORM set_config(${frames('TG_RELID')}, ${value}, true);`;
const keptHere = kept('TG_RELID');

/** The frame of the statement that a row belongs to: those within it have ended. */
export const ownFrame = `pg_catalog.substring(${keptHere}, '[^;]*$')`;

/** `own`: a frame. */
export const hasBranch = (own: string): string => `pg_catalog.strpos(${own}, '/+/') > 0`;
export const leavesColumn = (own: string, at: number): string =>
  `pg_catalog.strpos(${own}, '/${at + 1}/') = 0`;

/** `first`: what is done before the first such row of a statement. */
export const noteUsed = (own: string, first: readonly string[]): readonly string[] => [
  `IF pg_catalog.strpos(${own}, '${used}') = 0 THEN`,
  indentLines(first.join('\n')),
  `  ${keep(`pg_catalog.concat(${keptHere}, '${used}')`)}`,
  'END IF;',
];

const node = 'underpin.node';

/**
 * A name of its own for each node of a statement's plan that writes: PostgreSQL computes what is IMMUTABLE in a WHEN clause once for
 * each of them. So an INSERT's own branch is told from an UPDATE beside it. Whoever writes the table calls it, and learns nothing.
 */
export const createNodeNames = ({ migration }: Pick<TableSplit, 'migration'>): readonly string[] => [
  [
    `CREATE OR REPLACE FUNCTION ${functionName(migration, 'node')}()`,
    '  RETURNS text',
    '  LANGUAGE plpgsql',
    '  IMMUTABLE',
    `AS ${dollarQuoted('BEGIN RETURN pg_catalog.gen_random_uuid()::text; END', 'function')}`,
  ].join('\n'),
  `GRANT EXECUTE ON FUNCTION ${functionName(migration, 'node')}() TO PUBLIC`,
];

const event = '_0_branch';
const ofStatement = { isOfStatement: true, calls: 'dual write back' } as const;

/** They run by their names. */
export function branchTriggers({ migration, into, moved }: TableSplit): readonly Trigger[] {
  const table = `${literal(qualifiedName(into))}::regclass::oid`;
  return [
    {
      event,
      on: 'INSERT OR UPDATE',
      when: `set_config('${node}', ${functionName(migration, 'node')}(), true) IS NOT NULL`,
      ...ofStatement,
    },
    ...moved.map(({ column }, at) => ({
      event: `${event}_${at + 1}`,
      on: `UPDATE OF ${identifier(column)}`,
      when: null,
      argument: String(at + 1),
      ...ofStatement,
    })),
    // It fires once for the whole statement; its WHEN clause is evaluated whenever one of several INSERTs has ended.
    {
      event: `${event}_end`,
      isAfter: true,
      on: 'INSERT',
      when: `set_config(${frames(table)}, pg_catalog.concat(current_setting(${frames(table)}, true), '${ended}'), true) IS NOT NULL`,
      ...ofStatement,
    },
  ];
}

const thisNode = `pg_catalog.concat(current_setting('${node}'), '/')`;

/** When a statement begins. */
export const noteBranch: readonly string[] = [
  'CASE',
  `  WHEN TG_OP = 'INSERT' THEN ${keep(`pg_catalog.concat(${keptHere}, ';', ${thisNode})`)}`,
  `  WHEN TG_NARGS = 0 AND pg_catalog.starts_with(${ownFrame}, ${thisNode}) THEN`,
  `    ${keep(`pg_catalog.concat(${keptHere}, '+/')`)}`,
  `  WHEN TG_NARGS = 0 THEN ${keep(`pg_catalog.concat(pg_catalog.rtrim(${keptHere}, '${other}'), '${other}')`)}`,
  `  WHEN pg_catalog.right(${keptHere}, 1) <> '${other}' THEN`,
  `    ${keep(`pg_catalog.concat(${keptHere}, TG_ARGV[0], '/')`)}`,
  '  ELSE NULL;',
  'END CASE;',
];

/** When it has ended. `own`: a variable. Of several INSERTs nobody can tell which one a row came from, and whose branch is meant. */
export const forgetBranch = (own: string): readonly string[] => [
  `${own} := ${ownFrame};`,
  keep(`pg_catalog.left(${keptHere}, pg_catalog.length(${keptHere}) - pg_catalog.length(${own}) - 1)`),
  `IF pg_catalog.strpos(${own}, '${used}') > 0 AND ${own} LIKE '%${ended}%${ended}%' THEN`,
  `  RAISE EXCEPTION 'one statement inserts into % more than once, and not all of its rows are copied yet', TG_TABLE_NAME`,
  `    USING ERRCODE = 'serialization_failure', HINT = 'Let each INSERT be a statement of its own until then.';`,
  'END IF;',
];
