import { refersToIt, type Inheritance } from '../catalog/inherited.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { Refusal, Subject } from './kind.ts';
import { partitionIndexRefusals } from './partition-indexes.ts';

/** Whether the rows of a partitioned table can be written and compared by its key. */
export const walksPartitions = (sql: Dialect): boolean => sql.cannot['walk over partitions'] === undefined;

/** As a pair and a fill say it. */
export const asPartitioned = ({ catalog }: Subject): { readonly isPartitioned?: true } =>
  catalog.table.kind === 'partitioned' ? { isPartitioned: true } : {};

// The first in which the owner of a partitioned table may have its triggers fire always: before, those of partitions are the system's.
const ownerEnablesAlways = 150_000;

/**
 * What forbids triggers on a partitioned table: ours fire on every write, also in sessions that set session_replication_role.
 * `becomes`: it is not partitioned yet.
 */
export function triggersOnPartitions(
  { table, catalog, sql }: Subject,
  becomes: 'is' | 'becomes' = 'is',
): readonly Refusal[] {
  const { kind, version } = catalog.table;
  if ((becomes === 'is' && kind !== 'partitioned') || !walksPartitions(sql) || version >= ownerEnablesAlways)
    return [];
  const fact =
    `${table.schema}.${table.name} ${becomes} partitioned, and before PostgreSQL 15 only a superuser may have triggers of a ` +
    'partitioned table fire on every write (ENABLE ALWAYS)';
  return [{ key: 'table', fact, remedy: 'Upgrade to PostgreSQL 15 or newer first.', waitsFor: 'database' }];
}

// The first whose foreign keys of a partitioned table may be validated later.
const validatesLater = 180_000;

/** What forbids that another column takes the place of one of a partitioned table. */
export function partitionedRefusals(
  column: string,
  key: string,
  subject: Subject,
  { inPartitions, indexes, constraints }: Pick<Inheritance, 'inPartitions' | 'indexes' | 'constraints'>,
): readonly Refusal[] {
  const { table, catalog } = subject;
  if (catalog.table.kind !== 'partitioned') return [];
  const name = `${table.schema}.${table.name}`;
  const refuse = (fact: string, remedy: string): Refusal => ({
    key,
    fact: `${table.name}.${column} ${fact}`,
    remedy,
  });
  const early = catalog.table.version < validatesLater;
  return [
    ...triggersOnPartitions(subject),
    ...inPartitions.map((what) =>
      refuse(
        what,
        what.startsWith('belongs to the key')
          ? 'The rows would have to go to other partitions: make a table that is partitioned by the new column, and fill that.'
          : 'Give it to the table as a whole, or drop it, first.',
      ),
    ),
    ...indexes
      .filter((index) => index.primary)
      .map((index) =>
        refuse(
          `belongs to the primary key ${index.name}, and PostgreSQL makes no index of a partitioned table that is there already its primary key: it would be built under a lock on all partitions`,
          'Choose another column; or make a table beside it whose key has the type, and fill that.',
        ),
      ),
    ...(indexes.some((index) => index.constraint && !index.primary)
      ? constraints.filter(refersToIt)
      : []
    ).map(({ name: foreignKey, on }) =>
      refuse(
        `is what the foreign key ${foreignKey} of ${on.schema}.${on.name} refers to, and a key of a partitioned table that is referred to is not exchanged`,
        `Drop ${foreignKey} before the start and add it again afterwards.`,
      ),
    ),
    ...indexes
      .filter((index) => index.identity && !index.primary)
      .map((index) =>
        refuse(
          `belongs to the replica identity ${index.name}, which each partition has by itself`,
          `Give ${name} and its partitions another replica identity first.`,
        ),
      ),
    ...(indexes.length === 0 ? [] : partitionIndexRefusals(key, subject)),
    ...constraints
      .filter((each) => early && each.kind === 'foreign key' && !each.refers)
      .map(({ name: foreignKey }) =>
        refuse(
          `is under the foreign key ${foreignKey}, which before PostgreSQL 18 is added to a partitioned table under a lock for as long as all rows are read`,
          `Drop ${foreignKey} before the start and add it again afterwards.`,
        ),
      ),
  ];
}

/** Their parts of an index are called after them. */
export const partitionIndexWarnings = (
  indexes: readonly { readonly as: string }[],
  { catalog: { partitions }, table }: Subject,
): readonly string[] =>
  indexes.length === 0 || partitions === null || partitions.length === 0
    ? []
    : [
        `indexes of ${table.schema}.${table.name} are built partition by partition (${partitions.length} of them), each beside the traffic; those of the partitions are called and stay <partition>_<index>, such as ${partitions[0]?.name ?? ''}_${indexes[0]?.as ?? ''}`,
      ];

/** All partitions get the new column with their table. */
export function partitionedWarnings(column: string, { table, catalog, sql }: Subject): readonly string[] {
  const caution = sql.columns.partitionedCaution(table, column);
  return catalog.table.kind !== 'partitioned' || caution === null ? [] : [caution];
}
