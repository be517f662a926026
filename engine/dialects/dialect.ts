import type { Database, Parameter, Statement } from '../database/database.ts';
import type { Direction } from '../ledger/applied.ts';
import type { Grant } from '../plan/expected.ts';
import type { Brief, Online, PhaseName, Unit, Walk } from '../plan/plan.ts';
import type { TableName } from '../spec/table-name.ts';
import type { Authored } from './authored.ts';
import type { ClientProgram, Remedies, Script } from './for-people.ts';
import type { Inspector, KeyColumn, SessionSettings } from './inspector.ts';
import type { LedgerSql } from './ledger-sql.ts';

export const engines = ['postgres'] as const;
/** The databases that a migration can run on. */
export type Engine = (typeof engines)[number];

/**
 * How one engine's SQL is written: pure functions from names and values to statements, grouped by concern. What an engine
 * is asked stands in inspector.ts. Nothing outside this folder imports an engine's own files.
 */
export interface Dialect {
  readonly engine: Engine;
  /** The oldest version that migrations run on; `number` as the inspector gives it. */
  readonly oldestVersion: { readonly number: number; readonly name: string };
  /** What the engine does not do, and why. */
  readonly cannot: Partial<Readonly<Record<Capability, string>>>;
  readonly names: Names;
  readonly columns: Columns;
  readonly constraints: Constraints;
  readonly indexes: Indexes;
  readonly statistics: StatisticsSql;
  readonly dualWrite: DualWrite;
  readonly walk: WalkSql;
  readonly ledger: LedgerSql;
  readonly remedies: Remedies;
  readonly authored: Authored;
  readonly errors: Errors;
  readonly script: Script;
  /**
   * What no tool can prevent in an application that names no columns, when its table gets a column and may lose another;
   * `moves`: others stand behind that one.
   */
  cautions(table: TableName, replaced: { readonly moves: boolean } | null): readonly string[];
  /** What people reach the database by, with nothing of Underpin. */
  readonly client: ClientProgram;
  /** `attempt`: seconds since 1970, `_`, and letters and digits that nobody else uses. */
  onlineProbe(attempt: string): OnlineProbe;
  /** A statement as the engine's ordinary driver takes it: places instead of names. */
  positional(statement: Statement): { readonly text: string; readonly values: readonly Parameter[] };
  inspector(database: Database): Inspector;
}

export type Capability = 'exclusion constraint beside the traffic';

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
}

export interface NewColumn {
  readonly name: string;
  readonly type: string;
  readonly collation: string | null;
  readonly default: string | null;
  readonly comment: string | null;
  readonly grants: readonly Grant[];
  readonly settings: ColumnSettings | null;
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

export interface Columns {
  /** Adds a column that holds NULL or a constant default: no row is rewritten. */
  add(table: TableName, column: NewColumn): Brief;
  drop(table: TableName, column: string): Brief;
  rename(table: TableName, from: string, to: string): string;
  setDefault(table: TableName, column: string, expression: string): string;
  dropDefault(table: TableName, column: string): string;
  /** Refuses NULL without a scan under a strong lock. */
  setNotNull(migration: string, table: TableName, column: string): readonly Unit[];
  dropNotNull(migration: string, table: TableName, column: string): Brief;
  /** Keeps a sequence of the old column's from going with it, and lets it count as far as the new one does. */
  takeSequence(
    table: TableName,
    column: { readonly name: string; readonly type: string },
    sequence: { readonly name: string; readonly type: string },
  ): readonly string[];
  quarantinedName(column: string): string;
}

export interface Constraints {
  /** Holds for new rows at once, and for old ones after the second unit, a scan beside the traffic. */
  add(migration: string, table: TableName, name: string, definition: string): readonly Unit[];
  drop(table: TableName, name: string): string;
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
  /** Makes a unique index a constraint. */
  adopt(
    table: TableName,
    name: string,
    timing: { readonly deferrable: boolean; readonly deferred: boolean },
  ): Brief;
  drop(table: TableName, name: string): string;
  /** What an index has that its definition does not say. */
  settings(table: TableName, index: CarriedIndex): readonly string[];
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
  /** Samples the rows, beside the traffic. */
  analyze(migration: string, table: TableName): Online;
}

export interface CarriedStatistics {
  readonly as: string;
  readonly definition: string;
  readonly target: number | null;
  readonly comment: string | null;
}

/** Which side wins when one write sets both shapes and they disagree. */
export type Authority = 'old' | 'new';

export interface Side {
  readonly column: string;
  readonly type: string;
  /** Whether `=` tells bit-identical values only; if not, images are compared (numeric scale, citext, json …). */
  readonly plain: boolean;
  readonly default: ColumnDefault | null;
}

/**
 * A constant default is the same to everybody; a stable one (now(), current_user) hangs on the session that left the
 * column out; a volatile one (nextval, random) differs at each call, so it tells nothing.
 */
export interface ColumnDefault {
  readonly expression: string;
  readonly varies: 'never' | 'by session' | 'at each call';
}

/** Two columns that hold the same fact. Without expressions they are equal; with them, each is computed from the other. */
export interface Pair {
  readonly migration: string;
  readonly table: TableName;
  /** The columns of the key that the walks go by. */
  readonly key: readonly string[];
  readonly old: Side;
  readonly new: Side;
  readonly conversion: { readonly up: string; readonly down: string } | null;
  readonly settings: SessionSettings;
}

/** A column that is computed from its row where nobody has written it. */
export interface Fill {
  readonly migration: string;
  readonly table: TableName;
  readonly column: string;
  readonly expression: string;
  readonly settings: SessionSettings;
}

export interface DualWrite {
  /** Whichever side a writer sets, the other follows inside the writer's own transaction. The old side has the authority. */
  startPair(pair: Pair): Brief;
  /** Gives one side the authority; `oldColumnNow` is the old column's name at that time. */
  setAuthority(pair: Pair, authority: Authority, oldColumnNow: string): readonly string[];
  endPair(pair: Pair): readonly string[];
  /** Fills a new column where a writer that does not know it left it NULL. */
  startFill(fill: Fill): Brief;
  endFill(fill: Fill): readonly string[];
  /** Names of the triggers that stand while it does. */
  triggersOfPair(pair: Pair): string[];
  triggersOfFill(fill: Fill): string[];
  /** Which of these triggers would run after ours and could undo what they wrote, with the remedy. */
  overruledBy(
    migration: string,
    triggers: readonly string[],
  ): readonly { readonly trigger: string; readonly remedy: string }[];
}

export interface WalkSql {
  pair(table: TableName, key: readonly KeyColumn[], pair: Pair): Walk;
  fill(table: TableName, key: readonly KeyColumn[], fill: Fill): Walk;
}

export interface OnlineProbe {
  /** What is tried, for people. */
  readonly tries: string;
  readonly begin: Statement;
  readonly unit: Online;
  readonly end: Statement;
}

/** What an error of the database means for whoever sent the statement. */
export type ErrorMeaning =
  | 'transient'
  | 'locked'
  /** Raised by the ledger: the epoch is over, or a person has aborted. */
  | 'fenced'
  | 'aborted'
  /** A row's own data refused, or a function that a row woke. */
  | 'row refused'
  | 'wrong SQL'
  | 'other';

export interface Errors {
  /** What the engine said, from an error's message; undefined where it holds no code. Only the code is safe to pass on. */
  read(message: string): { readonly code: string; readonly sentence: string } | undefined;
  meaning(code: string): ErrorMeaning;
  /** Whether, raised where an author's expressions are evaluated over rows, it is about one of these rows. */
  isAboutRow(code: string): boolean;
  /** The code with the name of its condition. */
  words(code: string): string;
}

/** A unit of a phase in the ledger. */
export interface UnitPlace {
  readonly migration: string;
  readonly epoch: number;
  readonly phase: PhaseName;
  readonly direction: Direction;
  /** Which of the phase's units in that direction, from 0. */
  readonly unit: number;
}
