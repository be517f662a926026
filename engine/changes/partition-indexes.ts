import type { IndexPartition, Partition } from '../catalog/partitions.ts';
import type { PairPlan } from '../dialects/dual-write.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { BuiltIndex, PartitionIndexes } from '../dialects/partition-indexes.ts';
import type { Unit } from '../plan/plan.ts';
import type { Refusal, Subject } from './kind.ts';

type Carried = PairPlan['built']['indexes'][number];

interface OnPartitions {
  readonly by: PartitionIndexes;
  readonly partitions: readonly IndexPartition[];
}

/** null: the table is not partitioned. */
export const onPartitions = (
  partitions: readonly IndexPartition[] | null,
  sql: Dialect,
): OnPartitions | null =>
  partitions === null || sql.indexes.onPartitions === null
    ? null
    : { by: sql.indexes.onPartitions, partitions };

const asBuilt = ({ as, unique, definition, constraint, deferrable, deferred }: Carried): BuiltIndex => ({
  name: as,
  unique,
  definition,
  ...(constraint ? { asConstraint: { deferrable, deferred } } : {}),
});

/** With the column: a partition that comes while rows are copied has its part of each index from the start. */
export const beginPartitionIndexes = (
  { pair, built, partitions }: PairPlan,
  sql: Dialect,
): readonly Unit[] => {
  const on = onPartitions(partitions, sql);
  return on === null
    ? []
    : built.indexes.map((index) => on.by.begin(pair.table, asBuilt(index), on.partitions));
};

/** An index of the new side, once every row agrees. */
export function buildCarried({ pair, partitions }: PairPlan, index: Carried, sql: Dialect): readonly Unit[] {
  const { migration, table } = pair;
  const on = onPartitions(partitions, sql);
  return on === null
    ? [
        sql.indexes.create(migration, table, index.as, index),
        ...(index.constraint ? sql.indexes.adopt(table, index.as, index) : []),
      ]
    : on.by.build(migration, table, asBuilt(index), on.partitions);
}

/** Where an index may be behind a constraint or not, it is dropped as one and as the other. */
export function dropCarried(
  { pair: { table }, built, partitions }: PairPlan,
  sql: Dialect,
): readonly string[] {
  const on = onPartitions(partitions, sql);
  const indexes = built.indexes.toReversed();
  if (on !== null) return indexes.map(({ as }) => on.by.drop(table, as, on.partitions));
  return [
    ...indexes.map(({ as, constraint }) =>
      constraint ? sql.constraints.drop(table, as) : sql.indexes.drop(table, as),
    ),
    ...built.indexes.filter(({ constraint }) => constraint).map(({ as }) => sql.indexes.drop(table, as)),
  ];
}

/** What keeps an index from being built partition by partition. */
export function partitionIndexRefusals(key: string, { table, catalog }: Subject): readonly Refusal[] {
  const partitions = catalog.partitions ?? [];
  const refuse = (those: readonly Partition[], why: string, remedy: string): readonly Refusal[] =>
    those.length === 0
      ? []
      : [
          {
            key,
            fact: `${table.schema}.${table.name} has partitions ${why}: ${those.map(spoken).join(', ')}`,
            remedy,
          },
        ];
  return [
    ...refuse(
      partitions.filter(({ isForeign }) => isForeign),
      'that are foreign tables, which have no index, so that the one of the whole would never be complete',
      'Detach them first and attach them again afterwards.',
    ),
    ...refuse(
      partitions.filter(({ owned }) => !owned),
      'that the role of the migration does not own, so that it may build no index there',
      'Grant it the owner role of these tables.',
    ),
  ];
}

const spoken = ({ schema, name }: Partition): string => `${schema}.${name}`;
