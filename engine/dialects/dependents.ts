import type { Unit } from '../plan/plan.ts';
import type { Fault } from '../spec/fault.ts';
import type { TableName } from '../spec/table-name.ts';

/** Columns that keep their names and get another type, and what the author wrote for the views over them. */
export interface RemadeAsked {
  readonly migration: string;
  readonly table: TableName;
  readonly columns: readonly string[];
  /** What the old columns are called afterwards, and the new ones before: nothing may know either. */
  readonly leaving: readonly string[];
  readonly arriving: readonly string[];
  /** The plan's statements until then. */
  readonly changing: readonly string[];
  readonly statements: readonly string[];
}

/** Statements in front of a change and behind it, in one transaction. */
export interface Around {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** What knows such a column by its number or its type, and is made again in the lock of the change. */
export interface DependentsRemade {
  readonly views: readonly TableName[];
  readonly refused: readonly RefusedDependent[];
  /** What keeps something from being made again. */
  readonly faults: readonly Fault[];
  readonly warnings: readonly string[];
  readonly run: Around;
  readonly undo: Around;
}

/** Columns that go, what takes their place, and what the author wrote for whatever knows them. */
export interface DependentsAsked {
  readonly migration: string;
  readonly table: TableName;
  readonly old: readonly { readonly name: string; readonly type: string }[];
  readonly new: readonly { readonly name: string; readonly type: string }[];
  /** Each old column's value, in SQL over the new ones. */
  readonly down: readonly string[];
  /** The plan's statements by which the new columns come, among others. */
  readonly added: readonly string[];
  readonly statements: readonly string[];
}

export interface DependentsPlanned {
  readonly refused: readonly RefusedDependent[];
  /** Views that get another definition. */
  readonly replaced: readonly TableName[];
  /** Policies of the table that get other expressions. */
  readonly policies: readonly string[];
  readonly run: readonly Unit[];
  readonly undo: readonly Unit[];
  /** Statements that an author may write, each tried. */
  readonly offers: readonly string[];
  /** What nothing can be offered for, with the reason. */
  readonly unable: readonly string[];
}

/** `at`: its place among the author's. */
export interface RefusedDependent extends Fault {
  readonly at: number;
}
