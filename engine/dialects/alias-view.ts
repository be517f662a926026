import type { Grant } from '../plan/expected.ts';
import type { Phase } from '../plan/plan.ts';
import type { Fault } from '../spec/fault.ts';
import type { TableName } from '../spec/table-name.ts';

/** A view that has a table's name for a while, through which rows are read and written as before. */
export interface AliasView {
  readonly view: TableName;
  readonly base: TableName;
  /** In the view's order: its own name, and that of the table's column. */
  readonly columns: readonly { readonly name: string; readonly of: string }[];
  readonly owner: string;
  readonly comment: string | null;
  readonly grants: readonly Grant[];
  readonly columnGrants: readonly (Grant & { readonly column: string })[];
}

export interface Aliases {
  /** What the table is called while a view has its name. */
  baseName(table: string): string;
  readonly create: (view: AliasView) => readonly string[];
  /** What the view is called within the lock in which the table gets its name back; null where it has gone by then. */
  leavingName(table: string): string | null;
  /**
   * Statements that take the view away, and let what somebody has made on it read the table in its place.
   */
  readonly takeAway: (view: TableName, of: LeavingView) => readonly string[];
  readonly renameColumn: (view: TableName, from: string, to: string) => string;
  readonly rename: (view: TableName, to: string) => string;
  /** What fails through a view, whoever sends it. */
  readonly cautions: (
    table: TableName,
    of: {
      readonly version: number;
      /** The name has columns more for a while. */
      readonly moreColumns: boolean;
      readonly base: TableName;
      readonly partitioned: boolean;
      /** Other people's triggers on the table. */
      readonly triggers: readonly string[];
    },
  ) => readonly string[];
  /** What forbids that a table has this other name while a view has its own; undefined: nothing. */
  readonly nameFault: (table: string, base: string) => Fault | undefined;
  /** What of a table keeps its name when the table gets another. */
  readonly keptNames: string;
  /** Puts a view in a table's place, where that takes more than statements which commit together; null: it does not. */
  readonly inPlace:
    | ((migration: string, alias: AliasView, says: { readonly put: string; readonly back: string }) => Phase)
    | null;
  /** The oldest version that can. */
  readonly since: { readonly number: number; readonly name: string };
}

export interface LeavingView {
  /** What gives the table its name, and its columns theirs. */
  readonly naming: readonly string[];
  /** The table, as it is called then. */
  readonly to: TableName;
  /** What columns of the view are called in the table then, where that is something else. */
  readonly columns: Readonly<Record<string, string>>;
}
