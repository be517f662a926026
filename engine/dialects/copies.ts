import type { Column, IndexFacts } from '../catalog/facts.ts';
import type { CopiedFacts } from '../catalog/copied.ts';
import type { Differences } from '../plan/differences.ts';
import type { Brief } from '../plan/plan.ts';
import type { ComparingWalk, WritingWalk } from '../plan/walk.ts';
import type { TableName } from '../spec/table-name.ts';
import type { KeyColumn, SessionSettings } from './inspector.ts';

/** An index of the table and the one that takes its place. */
export interface CopiedIndex extends Pick<
  IndexFacts,
  'name' | 'unique' | 'definition' | 'comment' | 'targets'
> {
  /** What stands behind the constraint's name where it is one: `PRIMARY KEY (id)`. */
  readonly constraint: string | null;
  readonly constraintComment: string | null;
}

/** How the rows are spread over partitions. */
export interface Partitions {
  readonly by: 'range' | 'list';
  readonly column: string;
  /** `bounds`: the values of a list, or the two ends of a range, of which the second one is outside; null is NULL. */
  readonly parts: readonly { readonly name: string; readonly bounds: readonly (string | null)[] }[];
  /** Takes what fits into no other. */
  readonly rest: string;
}

/** A table and the copy that takes its place and its name. */
export interface TableCopy {
  readonly migration: string;
  readonly table: TableName;
  /** What the copy is called before the swap, and the old table after it. */
  readonly fresh: TableName;
  readonly aside: TableName;
  readonly owner: string;
  readonly comment: string | null;
  readonly columns: readonly Column[];
  /** By what a row is found in the table, and in the copy. */
  readonly key: readonly KeyColumn[];
  readonly freshKey: readonly KeyColumn[];
  readonly indexes: readonly CopiedIndex[];
  readonly facts: CopiedFacts;
  readonly partitions: Partitions;
  readonly settings: SessionSettings;
}

/** How a table is copied beside the traffic, and exchanged with its copy in one lock. */
export interface CopiesSql {
  /** Makes the empty copy with all that the table has. */
  create(copy: TableCopy): readonly Brief[];
  drop(copy: TableCopy): Brief;
  /** The same without what would lock another table: tried and taken back, it says whether the database takes it. */
  readonly tried: (copy: TableCopy) => readonly string[];
  /** Every write of the table reaches the copy in the writer's own transaction. */
  start(copy: TableCopy): Brief;
  end(copy: TableCopy): Brief;
  /** The copy gets all names, and the old table follows it from then on. */
  swap(copy: TableCopy): Brief;
  /** The old table has its names again, and the copy follows it. */
  swapBack(copy: TableCopy): Brief;
  dropOld(copy: TableCopy): Brief;
  readonly differences: (copy: TableCopy) => Differences;
  readonly walk: (copy: TableCopy) => WritingWalk;
  /** Once the names are exchanged. */
  readonly compareSwapped: (copy: TableCopy) => ComparingWalk;
  readonly triggers: (copy: Pick<TableCopy, 'migration'>) => string[];
}
