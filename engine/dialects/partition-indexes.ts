import type { IndexPartition } from '../catalog/partitions.ts';
import type { Brief, Unit } from '../plan/plan.ts';
import type { TableName } from '../spec/table-name.ts';

/** How an index of a partitioned table comes beside the traffic: the whole is begun, and has its parts one by one. */
export interface PartitionIndexes {
  /** What a partition's part of an index is called; it is in the partition's schema. */
  readonly called: (partition: string, index: string) => string;
  readonly begin: (table: TableName, index: BuiltIndex, partitions: readonly IndexPartition[]) => Brief;
  readonly build: (
    migration: string,
    table: TableName,
    index: BuiltIndex,
    partitions: readonly IndexPartition[],
  ) => readonly Unit[];
  /** Drops the whole with its parts, those too that do not belong to it yet. */
  readonly drop: (table: TableName, name: string, partitions: readonly IndexPartition[]) => string;
}

/** An index that is to be built, or to be built again by an undo. */
export interface BuiltIndex {
  readonly name: string;
  readonly unique: boolean;
  /** What the database prints behind the table's name. */
  readonly definition: string;
  /** It is behind a unique constraint of its name. Left out: it is an index alone. */
  readonly asConstraint?: { readonly deferrable: boolean; readonly deferred: boolean };
}
