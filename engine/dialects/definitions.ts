import type { IdentitySequence } from '../catalog/identity.ts';
import type { Grant } from '../plan/expected.ts';
import type { Brief, Online, Unit } from '../plan/plan.ts';
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
