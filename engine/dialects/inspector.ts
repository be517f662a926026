import type { AttachedObject, Dependent, LeavingColumn, Mention } from '../catalog/dependent-objects.ts';
import type { Column, IndexFacts, TableFacts } from '../catalog/facts.ts';
import type { InheritedFacts } from '../catalog/inherited-facts.ts';
import type { CopiedFacts } from '../catalog/copied.ts';
import type { MovedFacts } from '../catalog/moved.ts';
import type { Referrer } from '../catalog/referrers.ts';
import type { TableStatistics } from '../catalog/statistics.ts';
import type { SqlParser } from '../database/sql-parser.ts';
import type { Phases } from '../plan/plan.ts';
import type { WalkOrder } from '../plan/settings.ts';
import type { Fault } from '../spec/fault.ts';
import type { TableName } from '../spec/table-name.ts';
import type { ForbiddenRows, Violations } from './violations.ts';
import type { OwnKey } from './own-key.ts';
import type { Partition } from '../catalog/partitions.ts';
import type { DependentsAsked, DependentsPlanned, DependentsRemade, RemadeAsked } from './dependents.ts';

/**
 * What one database is asked while a plan is made. Nothing here changes a table or reads its rows, but for `duplicates` and
 * `violations`.
 */
export interface Inspector {
  /** Up to 1,000 tables of applications. */
  tables(): Promise<readonly TableName[]>;
  /** Undefined where there is no such table. */
  table(name: TableName): Promise<TableFacts | undefined>;
  /** Of a partitioned table, at any depth, each behind the one that it is a part of. */
  partitions(table: TableName): Promise<readonly Partition[]>;
  columns(table: TableName): Promise<readonly Column[]>;
  /** What tells rows apart in a walk of this order: by key, the primary key or the narrowest unique index without NULLs; nothing where they cannot be walked so. */
  key(table: TableName, by: WalkOrder): Promise<readonly KeyColumn[]>;
  /** Names of other people's row triggers that see a row before it is written. */
  beforeTriggers(table: TableName): Promise<readonly string[]>;
  /** What would keep a column from being dropped. `replaced`: others take its place. */
  dependents(table: TableName, column: string, replaced: boolean): Promise<readonly Dependent[]>;
  /** Functions and triggers that hold a column's name as text, and mean it or may. */
  mentions(table: TableName, column: string, parser: SqlParser): Promise<readonly Mention[]>;
  /** What hangs on the table as a whole: what would keep it from being dropped, and what would go with it. */
  hanging(table: TableName): Promise<readonly AttachedObject[]>;
  /** Functions whose bodies hold its name and may mean it, the first few. */
  tableMentions(table: TableName): Promise<readonly string[]>;
  /** Who sends what a view in the table's place would refuse. */
  throughView(table: TableName, of: ViewedBy, parser: SqlParser): Promise<ThroughView>;
  /** What of such things the role may not see: sentences for the plan of a change that takes something away. */
  unseen(table: TableName): Promise<readonly string[]>;
  /** What goes with a column that is dropped. */
  leaving(table: TableName, column: string): Promise<LeavingColumn>;
  /** Which of these names an index or a constraint could not have. */
  takenNames(table: TableName, names: readonly string[]): Promise<readonly string[]>;
  /** Which of these names a table of its schema could not have. */
  takenTables(table: TableName, names: readonly string[]): Promise<readonly string[]>;
  /** Whether SQL of the author's reads over what it may name and fits its type; raises what the database says against it. */
  tryExpression(table: TableName, expression: Expression): Promise<void>;
  /** What the value of an expression hangs on besides the row. Needs `prepareConversions`. */
  conversion(
    of: { readonly table: TableName; readonly expression: Expression },
    parser: SqlParser,
  ): Promise<ConversionRead>;
  /** Installs what `conversion` asks by, into the ledger's schema. */
  prepareConversions(): Promise<void>;
  /** Installs what `heirs`, `tryRule` and `violations` ask by, into the ledger's schema. */
  prepareHeirs(): Promise<void>;
  /** The new column, and what it takes over from the old one. Raises the author's SQL errors as they are. */
  heirs(likeness: Likeness): Promise<readonly InheritedFacts[]>;
  /** Whether the expressions of two sides fit, and what the answers become. Raises the author's SQL errors as they are. */
  sides(sides: Sides): Promise<readonly InheritedFacts[]>;
  /** Whether another type is given to a column in the catalog alone. Needs `prepareHeirs`. */
  retyped(table: TableName, column: string, type: string): Promise<RetypedColumn>;
  /** Timeouts that a server, database or role sets for every session, and that would end a build beside the traffic. */
  buildTimeouts(): Promise<readonly BuildTimeout[]>;
  /** What of this session decides what an expression means; of one that is free, how it is read. */
  sessionSettings(of: Following): Promise<SessionSettings>;
  /** Rows that a unique index would take for equal once they are converted, among the first so many: a scan of those. */
  duplicates(
    table: TableName,
    converted: readonly ConvertedColumn[],
    index: UniqueIndex,
    mostRows: number,
  ): Promise<Duplicates>;
  /** How a constraint or an index of the author's is printed. Raises the author's SQL errors as they are; needs `prepareHeirs`. */
  tryRule(table: TableName, made: NewRelation): Promise<string>;
  /** Rows that a rule forbids, to a bound, with the first keys: a scan, read-only, within the time of one call. */
  violations(table: TableName, key: readonly KeyColumn[], forbidden: ForbiddenRows): Promise<Violations>;
  indexes(table: TableName): Promise<readonly IndexFacts[]>;
  /** How the engine does each change of the table, where only it can tell. */
  settled(migration: string, table: TableName, phases: Phases): Promise<SettledPhases>;
  /** What server and role lack for any change of a table; asked before anything is made. */
  requirementFaults(table: TableName): Promise<readonly Fault[]>;
  /** What forbids that the rows of a table are written as a backfill does. */
  walkFaults(table: TableName): Promise<readonly Fault[]>;
  /** Whether a table can be copied whole for another type of one of its columns. */
  copyHindrances(table: TableName, retyped: string): Promise<CopyHindrances>;
  /** What the table has as a whole, for a copy that takes its place. */
  copied(table: TableName): Promise<CopiedFacts>;
  /** Columns that hold a column's values, by foreign keys of any depth, and those that are only called so. */
  referrers(table: TableName, column: string): Promise<readonly Referrer[]>;
  /** What stands in the way of a table in another schema, and what goes there with it. */
  moved(table: TableName, to: string): Promise<MovedFacts>;
  /** Runs statements that make something, and takes it back. Raises what the database says against them. */
  tryStatements(statements: readonly string[]): Promise<void>;
  statistics(table: TableName, of: StatisticsOf): Promise<TableStatistics>;
  /** What the author's new definitions of views become, and what could be written for the others. Needs the ledger's schema. */
  dependentsPlanned(asked: DependentsAsked, parser: SqlParser): Promise<DependentsPlanned>;
  /** How views over columns, and what of the table knows them by their numbers, are made again where those get another type. Needs the ledger's schema. */
  dependentsRemade(asked: RemadeAsked, parser: SqlParser): Promise<DependentsRemade>;
}

/** What keeps a table from being copied whole, and what its plan has to warn of. */
export interface CopyHindrances {
  readonly faults: readonly Fault[];
  readonly warnings: readonly string[];
  /** Foreign keys of the table that its copy is to have as well. */
  readonly keys: readonly OwnKey[];
}

export interface ViewedBy {
  readonly key: readonly KeyColumn[];
  /** Of the server. */
  readonly version: number;
}

/** What would fail once a view has a table's name. `fails`: of each, what of it. */
export interface ThroughView {
  /** Why statements could not be looked at; null where they were. */
  readonly unmeasured: string | null;
  readonly statements: readonly {
    readonly queryId: string;
    readonly role: string;
    readonly calls: number;
    readonly fails: readonly string[];
  }[];
  readonly functions: readonly { readonly name: string; readonly fails: readonly string[] }[];
}

export interface RetypedColumn {
  /** No row is written, read or indexed anew. */
  readonly there: boolean;
  /** The same of the way back. */
  readonly back: boolean;
  readonly old: string;
  /** As the catalog prints it; null where the database refuses it. */
  readonly type: string | null;
  /** Why it is not, in the engine's words, where a second column cannot take its place either. */
  readonly refused?: Fault;
}

/** The phases as they are run, or what the engine cannot do beside the traffic. */
export type SettledPhases =
  { readonly phases: Phases; readonly warnings: readonly string[] } | { readonly refused: readonly Fault[] };

export interface KeyColumn {
  readonly name: string;
  readonly type: string;
}

export interface ConversionRead {
  /** What keeps it from giving one row one value whenever it is computed. */
  readonly fault: Fault | undefined;
  /** Once it is read, it gives the same in every session, whatever that has set. */
  readonly isFree: boolean;
  /** A moment may be in it. */
  readonly isOfMoments: boolean;
}
/** Of some expressions together. */
export type Following = Pick<ConversionRead, 'isFree' | 'isOfMoments'>;

/** By name, each value as the engine's own SET takes it: where names are found, and how values read and print. */
export type SessionSettings = Readonly<Record<string, string>>;

export interface BuildTimeout {
  /** `statement_timeout is 30s` */
  readonly says: string;
  /** The statement that lifts it for the role that migrates. */
  readonly remedy: string;
}

export interface StatisticsOf {
  /** The first column of the key; null without one. */
  readonly key: string | null;
  readonly columns: readonly string[];
}

/** An expression of the author's. `over` are the columns that it may name, and their types; null is the whole row. */
export interface Expression {
  readonly text: string;
  readonly type: string;
  readonly over: readonly { readonly column: string; readonly type: string }[] | null;
}

/** A column that is to take the place of another, or a place of its own. */
export interface Likeness {
  readonly table: TableName;
  /** The column whose indexes and constraints the new one takes over; null for a column without a forerunner. */
  readonly from: string | null;
  readonly to: string;
  /** What the author calls it, where it takes that name in the end. */
  readonly called?: string;
  readonly type: string;
  readonly default: string | null;
  readonly up: string | null;
  readonly down: string | null;
  /** What the author wrote for indexes and checks of the old column, by their names: a definition, or `drop`. */
  readonly answers: { readonly index: Answers; readonly check: Answers };
  /** Its foreign keys to others get one beside them, over the new column. */
  readonly keysFollow?: true;
}
type Answers = Readonly<Record<string, string>>;

/** Columns that are to take the place of others, n for m, and what is to be built over them. */
export interface Sides {
  readonly table: TableName;
  readonly old: readonly { readonly name: string; readonly expression: string }[];
  readonly new: readonly { readonly name: string; readonly type: string; readonly expression: string }[];
  readonly answers: readonly SidesAnswer[];
}

/** What the author wrote for an index or a check of the old columns, by its name: a definition over the new ones. */
export interface SidesAnswer {
  readonly kind: 'index' | 'check';
  readonly name: string;
  readonly unique: boolean;
  readonly definition: string;
}

/** A column that does not exist yet, computed from its row. */
export interface ConvertedColumn {
  readonly column: string;
  readonly expression: string;
  readonly type: string;
  /** Quoted; null for a type without. */
  readonly collation: string | null;
}

/** What makes two rows equal to a unique index, and which rows it looks at. */
export interface UniqueIndex {
  readonly keys: readonly string[];
  readonly predicate: string | null;
  readonly nullsDistinct: boolean;
}

export interface Duplicates {
  readonly groups: number;
  readonly rows: number;
  /** There are rows that were not looked at. */
  readonly more: boolean;
  /** The expression writes, and was stopped before it had. */
  readonly writes: boolean;
}

/** A constraint or an index that does not exist yet: what stands behind its name, or behind its table's. */
export type NewRelation =
  | { readonly as: 'constraint'; readonly definition: string; readonly references: TableName | null }
  | { readonly as: 'index' | 'unique index'; readonly definition: string };
