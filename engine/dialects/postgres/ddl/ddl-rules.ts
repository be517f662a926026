import { everyTree, fieldOf, listOf, namesOf, nodeOf, textOf, type Tree } from '../naming/tree.ts';
import { breakingRules } from '../lint/breaking-rules.ts';
import { columnRules } from '../lint/column-rules.ts';
import { indexRules } from '../lint/index-rules.ts';
import { hasOption } from '../lint/parts.ts';
import type { Rule } from '../lint/rule.ts';

// What only a migration of ours asks, so that it can be watched and tried again.
const ofMigrations = new Set(['index-named', 'drop-index-again', 'validate-named', 'vacuum', 'reindex']);

/** What DDL must not do to a table that is in use, whoever runs it. */
export const ddlRules: readonly Rule[] = [
  ...[...columnRules, ...indexRules, ...breakingRules].filter(({ name }) => !ofMigrations.has(name)),
  {
    name: 'vacuum-full',
    finds: ({ kind, node }) => kind === 'VacuumStmt' && hasOption(node['options'], 'full'),
    fact: 'VACUUM FULL rewrites the whole table, under ACCESS EXCLUSIVE',
    remedy: 'Leave it to autovacuum; or copy the table beside the traffic.',
  },
  {
    name: 'reindex',
    finds: ({ kind, node }) => kind === 'ReindexStmt' && !hasOption(node['params'], 'concurrently'),
    fact: 'REINDEX keeps writers out (SHARE), and readers that would use the index',
    remedy: 'Write REINDEX CONCURRENTLY.',
  },
  {
    name: 'lock-table',
    finds: ({ kind }) => kind === 'LockStmt',
    fact: 'LOCK TABLE keeps others out for the statements that follow',
    remedy: 'Leave it out: each statement takes the lock that it needs.',
  },
];

/** What a rule's statement does with all rows, under its lock. */
const work: Readonly<Record<string, 'scan' | 'rewrite'>> = {
  'volatile-default': 'rewrite',
  'serial-column': 'rewrite',
  'identity-column': 'rewrite',
  'generated-column': 'rewrite',
  'change-type': 'rewrite',
  'rewritten-table': 'rewrite',
  cluster: 'rewrite',
  'vacuum-full': 'rewrite',
  'every-row-at-once': 'rewrite',
  'refresh-concurrently': 'rewrite',
  'unique-column': 'scan',
  'checked-column': 'scan',
  'set-not-null': 'scan',
  'constraint-not-valid': 'scan',
  'validate-alone': 'scan',
  'constraint-using-index': 'scan',
  'exclusion-constraint': 'scan',
  'attached-partition': 'scan',
  'domain-constraint': 'scan',
  'index-concurrently': 'scan',
  reindex: 'scan',
};

export const workOf = (rules: readonly string[]): 'none' | 'scan' | 'rewrite' => {
  const found = rules.map((rule) => work[rule]);
  return found.includes('rewrite') ? 'rewrite' : found.includes('scan') ? 'scan' : 'none';
};

/** Rows that are written under the row locks of ordinary traffic; how many, no text tells. */
export const writesRows = (kind: string, node: Readonly<Record<string, unknown>>): boolean =>
  ['UpdateStmt', 'DeleteStmt', 'MergeStmt', 'CopyStmt'].includes(kind) ||
  (kind === 'InsertStmt' &&
    listOf(fieldOf(fieldOf(node, 'selectStmt') ?? {}, 'SelectStmt')?.['valuesLists']).length === 0);

/** Statements that take no lock on a table of an application, or a short one on one that they make. */
export const harmless =
  /^(?:TransactionStmt|VariableSetStmt|VariableShowStmt|DiscardStmt|DefineStmt|CreateRoleStmt|AlterRoleStmt|AlterRoleSetStmt|AlterDatabaseSetStmt|GrantRoleStmt|CreateCastStmt|CreateRangeStmt|SecLabelStmt|CreateForeignTableStmt|CreateFdwStmt|CreateForeignServerStmt|CreateUserMappingStmt|CreateOpClassStmt|CreateOpFamilyStmt|AlterTSConfigurationStmt|AlterTSDictionaryStmt|NotifyStmt|CreatePLangStmt|DropRoleStmt|ExplainStmt)$/u;

/** Queries that tools write beside DDL: sequences and settings. */
const settled = new Set([
  'setval',
  'set_config',
  'nextval',
  'currval',
  'max',
  'coalesce',
  'pg_get_serial_sequence',
]);

/** A query that changes nothing, or only what such functions change. */
export function isSettlingQuery(query: Tree): boolean {
  const trees = [...everyTree(query)];
  const writes = ['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt', 'intoClause', 'lockingClause'];
  if (trees.some((each) => writes.some((kind) => each[kind] !== undefined))) return false;
  return trees.every((each) => {
    const call = nodeOf(each, 'FuncCall');
    return call === undefined || settled.has(namesOf(call['funcname']).at(-1) ?? '');
  });
}

/** Whether an ALTER TABLE is one of a table: of a type, a view or a sequence it means something else. */
export const isOfTable = (node: Readonly<Record<string, unknown>>): boolean =>
  ['OBJECT_TABLE', undefined].includes(textOf(node, 'objtype'));
