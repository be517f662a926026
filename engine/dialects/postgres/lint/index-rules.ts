import { listOf, namesOf, nodeOf, textOf } from '../naming/tree.ts';
import type { Part } from './parts.ts';
import type { Rule } from './rule.ts';

const dropsIndex = ({ kind, node }: Part): boolean =>
  kind === 'DropStmt' && textOf(node, 'removeType') === 'OBJECT_INDEX';

/** The schema and the name of the index that is dropped. */
export const indexNames = ({ node }: Part): readonly string[] =>
  namesOf(nodeOf(listOf(node['objects'])[0], 'List')?.['items']);

/** What keeps writers or readers out while an index is built, and what a retry could mistake. */
export const indexRules: readonly Rule[] = [
  {
    name: 'index-concurrently',
    harmlessIfNew: true,
    finds: ({ kind, node }) => kind === 'IndexStmt' && node['concurrent'] !== true,
    fact: 'CREATE INDEX keeps every writer out (SHARE) for as long as it reads the table',
    remedy: 'Write CREATE INDEX CONCURRENTLY.',
  },
  {
    name: 'index-named',
    never: true,
    finds: ({ kind, node, table }) =>
      kind === 'IndexStmt' &&
      node['concurrent'] === true &&
      (textOf(node, 'idxname') === undefined ||
        (table?.schema ?? '') === '' ||
        node['if_not_exists'] === true),
    fact: 'an index that is built beside the traffic is watched by its name and its table',
    remedy:
      'Name the index, name the table with its schema, and leave IF NOT EXISTS away: it takes a broken index for a whole one.',
  },
  {
    name: 'drop-index-concurrently',
    finds: (part) => dropsIndex(part) && part.node['concurrent'] !== true,
    fact: 'DROP INDEX keeps everybody out (ACCESS EXCLUSIVE) while it waits for readers',
    remedy: 'Write DROP INDEX CONCURRENTLY IF EXISTS.',
  },
  {
    name: 'drop-index-again',
    never: true,
    finds: (part) =>
      dropsIndex(part) &&
      part.node['concurrent'] === true &&
      (part.node['missing_ok'] !== true || indexNames(part).length !== 2),
    fact: 'a lost answer makes DROP INDEX CONCURRENTLY run again',
    remedy: 'Write IF EXISTS, and the name with its schema.',
  },
  {
    name: 'reindex',
    never: true,
    finds: ({ kind }) => kind === 'ReindexStmt',
    fact: 'nobody could tell from the catalog whether a REINDEX has succeeded',
    remedy: 'Build a new index CONCURRENTLY and drop the old one; or run REINDEX CONCURRENTLY by hand.',
  },
  {
    name: 'refresh-concurrently',
    finds: ({ kind, node }) => kind === 'RefreshMatViewStmt' && node['concurrent'] !== true,
    fact: 'REFRESH MATERIALIZED VIEW keeps every reader out (ACCESS EXCLUSIVE) while its query runs',
    remedy: 'Refresh it CONCURRENTLY, on a schedule of its own.',
  },
  {
    name: 'vacuum',
    never: true,
    finds: ({ kind, node }) => kind === 'VacuumStmt' && node['is_vacuumcmd'] === true,
    fact: 'VACUUM cannot run inside a migration, and VACUUM FULL would keep everybody out',
    remedy: 'Leave it to autovacuum, or run VACUUM by hand.',
  },
  {
    name: 'cluster',
    finds: ({ kind }) => kind === 'ClusterStmt' || kind === 'RepackStmt',
    fact: 'CLUSTER rewrites the whole table, under ACCESS EXCLUSIVE',
    remedy: 'Copy the table beside the traffic instead.',
  },
];
