import type { IndexPartition } from '../catalog/partitions.ts';
import type { Column } from '../catalog/facts.ts';
import type { BuiltObjects } from '../catalog/inherited.ts';
import type { Brief } from '../plan/plan.ts';
import type { TableName } from '../spec/table-name.ts';
import type { ColumnDefault } from './column-default.ts';
import type { NewColumn } from './definitions.ts';
import type { KeyColumn, SessionSettings } from './inspector.ts';

/**
 * Which side wins when one write sets both shapes and they disagree. `swapped`: the new one, which now bears the name; the
 * old one is written only by an INSERT that names no columns.
 */
export type Authority = 'old' | 'new' | 'swapped';

export interface PairColumn {
  readonly column: string;
  readonly type: string;
  /** Whether `=` tells bit-identical values only; if not, images are compared (numeric scale, citext, json …). */
  readonly plain: boolean;
  readonly default: ColumnDefault | null;
  /** Its type refuses NULL, and before any trigger could fill it: an old column that a new application leaves out. */
  readonly refusesNull?: true;
  /** Every UPDATE sets it to the moment, unless it names the column. */
  readonly touched?: true;
}

/**
 * Two sides of columns that hold the same fact. Without expressions they are equal, column by column; with them, each
 * column is computed from the whole other side.
 */
export interface Pair {
  readonly migration: string;
  readonly table: TableName;
  /** What the walks go by. */
  readonly key: readonly KeyColumn[];
  readonly isPartitioned?: true;
  readonly old: readonly PairColumn[];
  readonly new: readonly PairColumn[];
  /** `up` has an expression for each new column, `down` for each old one. */
  readonly conversion: { readonly up: readonly string[]; readonly down: readonly string[] } | null;
  readonly settings: SessionSettings;
}

/** Columns that take the place of others, with all that they take over. */
export interface PairPlan {
  readonly pair: Pair;
  readonly old: readonly Column[];
  /** The new columns as they are added, each with the default that keeps old rows NULL. */
  readonly added: readonly NewColumn[];
  /** The new columns that are NOT NULL in the end. */
  readonly notNull: readonly string[];
  readonly built: BuiltObjects;
  /** Of a partitioned table, each of which gets its part of an index by itself; null of another one. */
  readonly partitions: readonly IndexPartition[] | null;
  /** Statements before the old columns go, for what must not go with them. */
  readonly taken: readonly string[];
}

/** `oldNow`: what the old columns are called at that time, where that is something else. */
export interface DualWrite {
  /** Whichever side a writer sets, the other follows inside the writer's own transaction. The old side has the authority. */
  startPair(pair: Pair): Brief;
  setAuthority(pair: Pair, authority: Authority, oldNow?: readonly string[]): readonly string[];
  endPair(pair: Pair, oldNow?: readonly string[]): readonly string[];
  /** Raises a lock that is not granted while somebody reads by a snapshot in which the new side is not filled yet. */
  filledForAll(migration: string): readonly string[];
  triggersOfPair(pair: Pair): string[];
  /**
   * Once the names are exchanged: triggers of others, which know the new side by the name, find there what an INSERT that names no
   * columns has given the old one.
   */
  readonly byPosition: {
    start(pair: Pair): readonly string[];
    end(pair: Pair): readonly string[];
    triggers(pair: Pair): readonly string[];
  };
}
