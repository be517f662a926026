import type { Column } from '../catalog/facts.ts';
import type { Differences } from '../plan/differences.ts';
import type { Phases } from '../plan/plan.ts';
import type { ComparingWalk, WritingWalk } from '../plan/walk.ts';
import type { Fault } from '../spec/fault.ts';
import type { TableName } from '../spec/table-name.ts';
import type { KeyColumn } from './inspector.ts';
import type { OwnKey } from './own-key.ts';

/** A table whose copy has another type for one column, and takes its place and its name. */
export interface RetypedCopy {
  readonly migration: string;
  readonly table: TableName;
  readonly columns: readonly Column[];
  /** By what a row is found in the table. */
  readonly key: readonly KeyColumn[];
  readonly column: Column;
  /** The column's new type, as the catalog prints it. */
  readonly type: string;
  /** The table's foreign keys, which its copy is to have as well. */
  readonly keys: readonly OwnKey[];
}

/** How such a copy is made, kept fresh, exchanged with the table and compared with it. */
export interface RetypedCopyPlan {
  /** What the copy is called before the exchange, and the old table after it. */
  readonly fresh: TableName;
  readonly aside: TableName;
  /** Names that must be free. */
  readonly names: readonly string[];
  readonly phases: Phases;
  readonly walk: WritingWalk;
  /** Once the names are exchanged. */
  readonly compareSwapped: ComparingWalk;
  readonly differences: Differences;
  /** A query of what is worth knowing at a gate and forbids nothing: rows of JSON, `{"what": …}`. */
  readonly remarks: string | undefined;
  /** The dual write's triggers on the table that has the name. */
  readonly triggers: { readonly beforeSwap: readonly string[]; readonly afterSwap: readonly string[] };
  readonly warnings: readonly string[];
}

/** Where no column takes another one's place under its name, and no type changes in its place: the whole table is copied. */
export interface RetypedCopySql {
  /** What keeps the column from the type, by the types alone; otherwise the type as the catalog prints it. */
  readonly typed: (copy: Pick<RetypedCopy, 'table' | 'column' | 'type'>) => Fault | { readonly type: string };
  readonly plan: (copy: RetypedCopy) => RetypedCopyPlan;
}
