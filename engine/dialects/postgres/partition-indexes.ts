import type { IndexPartition } from '../../catalog/partitions.ts';
import type { Statement } from '../../database/database.ts';
import { catalogBrief } from '../../plan/brief.ts';
import type { Brief, Online, Unit } from '../../plan/plan.ts';
import type { TableName } from '../../spec/table-name.ts';
import type { BuiltIndex } from '../partition-indexes.ts';
import { partitionIndexName } from './made-names.ts';
import { performCall } from './perform-call.ts';
import { identifier, literal, qualifiedName } from './quote.ts';
import { tag } from './running-statement.ts';

/** Every partition of a table, at any depth, each after the one that it is a part of. */
export const describePartitions = (table: TableName): Statement => ({
  text: `SELECT json_build_object('schema', n.nspname, 'name', c.relname, 'of', json_build_object('schema', pn.nspname, 'name', p.relname),
  'isLeaf', t.isleaf, 'isForeign', c.relkind = 'f', 'owned', pg_has_role(c.relowner, 'USAGE'))::text
FROM pg_partition_tree(${literal(qualifiedName(table))}::regclass) AS t
JOIN pg_class AS c ON c.oid = t.relid JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_class AS p ON p.oid = t.parentrelid JOIN pg_namespace AS pn ON pn.oid = p.relnamespace
WHERE t.level > 0
ORDER BY t.level, n.nspname, c.relname`,
});

const inSchema = ({ schema }: TableName, name: string): TableName => ({ schema, name });

/** What an index of the table is called on one of its partitions. */
const partOf = (partition: TableName, index: string): TableName =>
  inSchema(partition, partitionIndexName(partition.name, index));

const call = (name: string, ...given: readonly string[]): string =>
  performCall(`underpin.${name}(${given.map(literal).join(', ')})`, 'partitions');

const isSame = (a: TableName, b: TableName): boolean => a.schema === b.schema && a.name === b.name;

/** The index to which a partition's part belongs: that of the table, or that of a partition between. */
const above = (table: TableName, { of }: IndexPartition, index: string): TableName =>
  isSame(of, table) ? inSchema(table, index) : partOf(of, index);

/** An index that no partition has yet: who makes one from now on makes its part of it too. */
export function beginPartitionIndex(
  table: TableName,
  { name, unique, definition, asConstraint }: BuiltIndex,
  partitions: readonly IndexPartition[],
): Brief {
  const make = (on: TableName, called: string): string =>
    asConstraint === undefined
      ? `CREATE ${unique ? 'UNIQUE ' : ''}INDEX ${identifier(called)}\n  ON ONLY ${qualifiedName(on)} ${definition}`
      : `ALTER TABLE ONLY ${qualifiedName(on)}\n  ADD CONSTRAINT ${identifier(called)} ${asUnique(definition)}${later(asConstraint)}`;
  const lock = asConstraint === undefined ? 'SHARE ROW EXCLUSIVE' : 'ACCESS EXCLUSIVE';
  return catalogBrief(`begin ${name}, which the partitions get one by one`, lock, [
    make(table, name),
    ...partitions
      .filter(({ isLeaf }) => !isLeaf)
      .flatMap((each) => {
        const part = partOf(each, name);
        return [
          make(each, part.name),
          call(
            'attach_partition_index',
            qualifiedName(above(table, each, name)),
            qualifiedName(each),
            qualifiedName(part),
          ),
        ];
      }),
    // Behind all of them: the locks are there.
    call('known_partitions', qualifiedName(table), JSON.stringify(partitions.map(qualifiedName))),
  ]);
}

// As an index is printed: its columns, INCLUDE, NULLS NOT DISTINCT, WITH.
const printedUnique =
  /^USING btree (?<columns>\((?:"(?:[^"]|"")*"|[^"()])*\))(?<include> INCLUDE \((?:"(?:[^"]|"")*"|[^"()])*\))?(?<nulls> NULLS NOT DISTINCT)?(?<stored> WITH \(.*\))?$/u;

/** The constraint whose index is printed so: it has no order and no class of operators of its own. */
function asUnique(definition: string): string {
  const found = printedUnique.exec(definition)?.groups;
  if (found === undefined)
    throw new Error('the index of a unique constraint is printed in a form that is not known');
  const { columns = '', include = '', nulls = '', stored = '' } = found;
  return `UNIQUE${nulls} ${columns}${include}${stored}`;
}

const later = ({ deferrable, deferred }: NonNullable<BuiltIndex['asConstraint']>): string =>
  deferrable ? ` DEFERRABLE INITIALLY ${deferred ? 'DEFERRED' : 'IMMEDIATE'}` : '';

/** Beside the traffic, partition by partition. */
export const buildPartitionIndex = (
  migration: string,
  table: TableName,
  index: BuiltIndex,
  partitions: readonly IndexPartition[],
): readonly Unit[] => [
  ...partitions
    .filter(({ isLeaf }) => isLeaf)
    .flatMap((each): readonly Unit[] => {
      const part = partOf(each, index.name);
      const whole = qualifiedName(above(table, each, index.name));
      return [
        built(migration, index, { part, whole, partition: each }),
        catalogBrief(`attach ${part.name} to ${index.name}`, 'ACCESS EXCLUSIVE', [
          call('attach_partition_index', whole, qualifiedName(each), qualifiedName(part)),
        ]),
      ];
    }),
  catalogBrief(`see that ${index.name} is complete`, 'none', [
    call('complete_partition_index', qualifiedName(inSchema(table, index.name))),
  ]),
];

function built(
  migration: string,
  { unique, definition }: BuiltIndex,
  {
    part,
    whole,
    partition,
  }: { readonly part: TableName; readonly whole: string; readonly partition: TableName },
): Online {
  const its = tag(migration, part.name);
  return {
    kind: 'online',
    does: `build ${part.name}`,
    lock: 'SHARE UPDATE EXCLUSIVE',
    statement: `${its}\nCREATE ${unique ? 'UNIQUE ' : ''}INDEX CONCURRENTLY ${identifier(part.name)}\n  ON ${qualifiedName(partition)} ${definition}`,
    scans: 2,
    state: `SELECT json_build_object('state', underpin.partition_index_state(${[its, whole, qualifiedName(partition), qualifiedName(part)].map(literal).join(', ')}))::text`,
    clean: `DROP INDEX CONCURRENTLY IF EXISTS ${qualifiedName(part)}`,
  };
}

export const dropPartitionIndex = (
  table: TableName,
  name: string,
  partitions: readonly IndexPartition[],
): string =>
  call(
    'drop_partition_index',
    qualifiedName(table),
    qualifiedName(inSchema(table, name)),
    JSON.stringify(partitions.map((each) => [qualifiedName(each), qualifiedName(partOf(each, name))])),
  );
