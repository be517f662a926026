import type { Column } from '../catalog/facts.ts';
import type { CopiedFacts } from '../catalog/copied.ts';
import type { Brief } from '../plan/plan.ts';
import type { WritingWalk } from '../plan/walk.ts';
import type { TableName } from '../spec/table-name.ts';
import type { CopiedIndex } from './copies.ts';
import type { PairColumn } from './dual-write.ts';
import type { KeyColumn, SessionSettings } from './inspector.ts';

/** A column that goes to the new table. */
export interface MovedColumn extends PairColumn {
  /** What it holds, in SQL, where nothing has been said of it: where the new table has no row. */
  readonly unsaid: string;
  /** An INSERT of the old table would be refused without it: it gets `unsaid`. */
  readonly isFilled: boolean;
}

/** A foreign key that columns take along, with the name that it has: SET CONSTRAINTS finds both. */
export interface CarriedReference {
  readonly name: string;
  readonly columns: readonly string[];
  /** Quoted. */
  readonly refersTo: string;
  readonly definition: string;
  readonly comment: string | null;
}

/** A table, and the new one that some of its columns go to. */
export interface TableSplit {
  readonly migration: string;
  readonly table: TableName;
  readonly into: TableName;
  readonly owner: string;
  /** The columns of the new table as they are in the old one: its key, then those that go there. */
  readonly columns: readonly Column[];
  readonly key: readonly Column[];
  readonly walkedBy: readonly KeyColumn[];
  readonly moved: readonly MovedColumn[];
  readonly primaryKey: string;
  readonly foreignKey: string;
  readonly checks: CopiedFacts['constraints'];
  /** By the names that they get. */
  readonly indexes: readonly CopiedIndex[];
  /** They come when every row is there. */
  readonly uniques: readonly (CopiedIndex & { readonly isConstraint: boolean })[];
  /** They come then too, and leave the old table before its columns do. */
  readonly references: readonly CarriedReference[];
  readonly facts: Pick<CopiedFacts, 'role' | 'grants'>;
  readonly settings: SessionSettings;
}

/** How columns go to a table of their own, beside the traffic. */
export interface SplitsSql {
  /** Makes the empty table with all that the columns have. */
  readonly create: (split: TableSplit) => Brief;
  readonly drop: (split: TableSplit) => Brief;
  /** The same without what would lock another table: tried and taken back, it says whether the database takes it. */
  readonly tried: (split: TableSplit) => readonly string[];
  /** Whichever table is written, the other one follows in the writer's own transaction. */
  readonly start: (split: TableSplit) => readonly Brief[];
  readonly end: (split: TableSplit) => readonly Brief[];
  /** The old columns get other names, and are kept fresh under them. `now`, `then`: a name for each. */
  readonly rename: (
    split: TableSplit,
    does: string,
    now: readonly string[],
    then: readonly string[],
  ) => Brief;
  /** Ends the dual write, and drops the old columns by the names that they have. */
  readonly dropOld: (split: TableSplit, now: readonly string[]) => readonly Brief[];
  readonly walk: (split: TableSplit) => WritingWalk;
  /** Those of either table. */
  readonly triggers: (split: TableSplit) => {
    readonly old: readonly string[];
    readonly new: readonly string[];
  };
}
