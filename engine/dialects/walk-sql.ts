import type { TableFacts } from '../catalog/facts.ts';
import type { WalkOrder } from '../plan/settings.ts';
import type { ComparingWalk, Truth, WritingWalk } from '../plan/walk.ts';
import type { TableName } from '../spec/table-name.ts';
import type { Pair } from './dual-write.ts';
import type { Fill } from './filled-column.ts';
import type { KeyColumn } from './inspector.ts';
import type { Repair } from './rules-sql.ts';

export interface PairWalkOptions {
  /** Columns that an UPDATE sets by itself, and that the walk keeps as they are. */
  readonly touched?: readonly string[];
  /** The side that rows are written from, where the ledger's truth decides. */
  readonly truth?: Truth | undefined;
  /** The new side has foreign keys already: they are not asked for what the old side's keys hold. */
  readonly isKeyed?: boolean;
}

/** The rows of a table, as a walk meets them. */
export interface WalkedRows {
  readonly by: WalkOrder;
  readonly key: readonly KeyColumn[];
  readonly table: Pick<TableFacts, 'rows' | 'keyOrder'>;
}

/** How many of the rows that differ people look at. */
export const mostListed = 1000;

export interface LackingOptions {
  /** What the old columns are called by then. */
  readonly aside: readonly string[];
  /** Only rows that came with a partition once the new side was the truth of an application that writes both. */
  readonly isAttached: boolean;
}

export interface WalkSql {
  /** What people must know of a walk over rows that this tells apart. */
  cautions(table: TableName, rows: WalkedRows): readonly string[];
  pair(pair: Pair, options?: PairWalkOptions): WritingWalk;
  /** Compares: whether the new side of a row lacks what the old one holds. null where no row can come past the dual write. */
  readonly lacking: ((pair: Pair, options: LackingOptions) => ComparingWalk) | null;
  fill(fill: Fill): WritingWalk;
  repair(key: readonly KeyColumn[], repair: Repair): WritingWalk;
}
