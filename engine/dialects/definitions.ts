import type { IdentitySequence } from '../catalog/identity.ts';
import type { Grant } from '../plan/expected.ts';
import type { Brief, Online, Phase, Unit } from '../plan/plan.ts';
import type { Fault } from '../spec/fault.ts';
import type { TableName } from '../spec/table-name.ts';
import type { PartitionIndexes } from './partition-indexes.ts';

/** Names of database objects. */
export interface Names {
  readonly quoted: (name: string) => string;
  readonly qualified: (table: TableName) => string;
  /** What is wrong with the length of a name, as `is 70 bytes long; 63 is the most`. */
  readonly lengthFault: (name: string) => string | undefined;
  /** Whether a schema is the engine's own. */
  readonly isReserved: (schema: string) => boolean;
  /** A text literal. */
  readonly literal: (text: string) => string;
  /** Cuts a name to the engine's limit; two long names that differ stay different. */
  readonly shortened: (name: string) => string;
  /** A foreign key and an index may have one name, as where the engine makes the one for the other. */
  readonly keysApart?: true;
  /** Which of these triggers would run after ours and could undo what they wrote, with the remedy. */
  readonly overruledBy: (
    migration: string,
    triggers: readonly string[],
  ) => readonly { readonly trigger: string; readonly remedy: string }[];
}

export interface NewColumn {
  readonly name: string;
  readonly type: string;
  readonly collation: string | null;
  readonly default: string | null;
  readonly comment: string | null;
  readonly grants: readonly Grant[];
  readonly settings: ColumnSettings | null;
  /** NOT NULL at once, where it has a constant default and the engine does not set it later beside the traffic. */
  readonly notNull?: true;
  /** It is added in the catalog alone for as long as nobody changes its type, or what its default calls: that is asked again under the lock. */
  readonly mayCost?: boolean;
}

/** A column that gets another type. */
export interface RetypedColumn {
  readonly name: string;
  readonly type: string;
  readonly notNull: boolean;
  /** All of it but NULL or NOT NULL, where the engine has to write it whole. */
  readonly definition: string | null;
}

/** What a column has beside its type, default and constraints. */
export interface ColumnSettings {
  /** The statistics target. */
  readonly statistics: number | null;
  readonly storage: string | null;
  readonly compression: string | null;
  /** `n_distinct=-0.5` */
  readonly options: readonly string[] | null;
}

export interface ColumnPlace {
  readonly table: TableName;
  readonly column: string;
}

export interface Columns {
  /** Adds a column that holds NULL or a constant default: no row is rewritten. */
  add(table: TableName, column: NewColumn): Brief;
  drop(table: TableName, column: string): Brief;
  readonly rename: (table: TableName, from: string, to: string) => string;
  /** Gives a column another type; what that costs, only the database knows. */
  changeType(table: TableName, column: RetypedColumn, type: string): Brief;
  /** `type`: the column's, for an engine that writes a default by it. */
  setDefault(table: TableName, column: string, expression: string, type?: string): string;
  dropDefault(table: TableName, column: string): string;
  /** Refuses NULL without a scan under a strong lock. `definition`: the rest of the column, where it has to be written whole. */
  setNotNull(
    migration: string,
    table: TableName,
    column: string,
    definition?: string | null,
  ): readonly Unit[];
  /** What is special in adding a column to a partitioned table; null: nothing. */
  partitionedCaution(table: TableName, column: string): string | null;
  /** The name of the check by which it does. */
  notNullCheck(migration: string): string;
  dropNotNull(migration: string, table: TableName, column: string, definition?: string | null): Unit;
  /** An expression of an author's who calls the column `as`; a one-row subquery gives it that name. */
  underAlias(
    column: { readonly table: TableName; readonly name: string; readonly as: string },
    expression: string,
  ): string;
  /** What a column is called while another has its name. */
  asideName(column: string, side: 'old' | 'new'): string;
  /** Gives a sequence to a column, so that it goes with it. */
  ownSequence(table: TableName, column: string, sequence: string): string;
  /** Lets a sequence stay where it is when its table goes. */
  readonly releaseSequence: (sequence: TableName) => string;
  readonly moveSequence: (sequence: TableName, schema: string) => string;
  /** Lets a sequence count as far as a column of this type does. */
  widenSequence(type: string, sequence: { readonly name: string; readonly type: string }): readonly string[];
  /** Keeps a sequence of the old column's from going with it, and lets it count as far as the new one does. */
  takeSequence(
    table: TableName,
    column: { readonly name: string; readonly type: string },
    sequence: { readonly name: string; readonly type: string },
  ): readonly string[];
  /** Lets another column count on from where this one's identity is. */
  readonly moveIdentity: (sequence: IdentitySequence, from: ColumnPlace, to: ColumnPlace) => string;
  readonly limitIdentity: (of: ColumnPlace, sequence: Pick<IdentitySequence, 'min' | 'max'>) => string;
  quarantinedName(column: string): string;
}

export interface Tables {
  readonly rename: (table: TableName, to: string) => string;
  readonly setSchema: (table: TableName, schema: string) => string;
  /** Drops what nothing depends on. */
  readonly drop: (table: TableName) => string;
  /** A call whose statement locks two tables, as one does that drops a foreign key: it gives way before a writer of both is chosen as the victim of a deadlock. */
  readonly ofTwo: (unit: Brief) => Brief;
  quarantinedName(table: string): string;
}

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

export interface Constraints {
  /** Holds for new rows at once, and for old ones after the second unit, a scan beside the traffic. */
  add(migration: string, table: TableName, name: string, definition: string): readonly Unit[];
  drop(table: TableName, name: string): string;
  readonly rename: (table: TableName, from: string, to: string) => string;
  comment(table: TableName, name: string, comment: string): string;
}

export interface Indexes {
  /** Builds an index beside the traffic. */
  create(
    migration: string,
    table: TableName,
    name: string,
    index: { readonly unique: boolean; readonly definition: string },
  ): Online;
  /** null: a partitioned table has its indexes as any other. */
  readonly onPartitions: PartitionIndexes | null;
  /** As `create`; one that somebody else made under the name is not taken for it. */
  build(
    migration: string,
    table: TableName,
    index: { readonly name: string; readonly unique: boolean; readonly definition: string },
  ): Unit;
  /** Drops one that `build` made, valid or not, and nobody else's. */
  unbuild(table: TableName, index: { readonly name: string; readonly definition: string }): Brief;
  /** Drops one beside the traffic. */
  takeAway(migration: string, table: TableName, name: string): Unit;
  /** What its uses are counted in. */
  readonly countedIn: 'scans' | 'rows read';
  /** One that is the same under another name, where the engine minds; null: none. */
  twin(
    index: { readonly unique: boolean; readonly definition: string },
    others: readonly { readonly name: string; readonly unique: boolean; readonly definition: string }[],
  ): string | null;
  /** Makes a unique index a constraint; nothing where it is one. */
  adopt(
    table: TableName,
    name: string,
    timing: { readonly deferrable: boolean; readonly deferred: boolean },
  ): readonly Brief[];
  drop(table: TableName, name: string): string;
  readonly rename: (table: TableName, from: string, to: string) => string;
  /** What an index has that its definition does not say. */
  settings(table: TableName, index: CarriedIndex): readonly string[];
  /** Makes a unique index over NOT NULL columns the primary key of a table that has none any more. */
  readonly takePrimaryKey: (table: TableName, name: string) => string;
  /** The primary key tells subscribers again which row is meant. */
  readonly identifyByDefault: (table: TableName) => string;
  /** Its part in replication and in the table's order. */
  takePart(
    table: TableName,
    index: string,
    part: { readonly identity: boolean; readonly clustered: boolean },
  ): readonly string[];
}

export interface CarriedIndex {
  readonly as: string;
  readonly comment: string | null;
  readonly constraintComment: string | null;
  /** Statistics targets of its expressions, by their place. */
  readonly targets: readonly { readonly column: number; readonly target: number }[];
}

/** What the planner knows of a table. */
export interface StatisticsSql {
  create(table: TableName, statistics: CarriedStatistics): readonly string[];
  drop(table: TableName, name: string): string;
  readonly rename: (table: TableName, from: string, to: string) => string;
  /** Samples the rows, beside the traffic; nothing where the engine does so by itself. */
  analyze(migration: string, table: TableName): readonly Online[];
}

export interface CarriedStatistics {
  readonly as: string;
  readonly definition: string;
  readonly target: number | null;
  readonly comment: string | null;
}
