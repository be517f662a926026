import type { Database, Parameter, Statement } from '../database/database.ts';
import type { Online, Phases } from '../plan/plan.ts';
import type { TableName } from '../spec/table-name.ts';
import type { Authored } from './authored.ts';
import type { Aliases } from './alias-view.ts';
import type { Columns, Constraints, Indexes, Names, StatisticsSql, Tables } from './definitions.ts';
import type { CopiesSql } from './copies.ts';
import type { DualWrite, PairPlan } from './dual-write.ts';
import type { WalkSql } from './walk-sql.ts';
import type { FillPlan, FillSql } from './filled-column.ts';
import type { SplitsSql } from './splits.ts';
import type { ByHandSql, ClientProgram, Script } from './for-people.ts';
import type { Inspector } from './inspector.ts';
import type { LedgerSchema } from './ledger-sql.ts';
import type { RetypedCopySql } from './retyped-copy.ts';
import type { RepairPlan, RepairSql, RulesSql, UnreadKey, UnreadKeyPlan } from './rules-sql.ts';
import type { RunningDialect } from './running-dialect.ts';

/**
 * How one engine's SQL is written: pure functions from names and values to statements, grouped by concern. What an engine
 * is asked while a plan is made stands in inspector.ts; what a plan needs to run, in running-dialect.ts. Nothing outside
 * this folder imports an engine's own files.
 */
export interface Dialect extends RunningDialect {
  /** The oldest version that migrations run on; `number` as the inspector gives it. */
  readonly oldestVersion: { readonly number: number; readonly name: string };
  /** What of a change does not run on this engine yet, with its key under `change`; undefined where all of it does. */
  notYet(change: Readonly<Record<string, unknown>> & { readonly kind: string }): NotYet | undefined;
  /** What the engine does not do, and why. */
  readonly cannot: Partial<Readonly<Record<Capability, string>>>;
  readonly names: Names;
  readonly tables: Tables;
  readonly aliases: Aliases;
  readonly columns: Columns;
  readonly rules: RulesSql;
  readonly constraints: Constraints;
  readonly indexes: Indexes;
  readonly statistics: StatisticsSql;
  readonly dualWrite: DualWrite;
  readonly fill: FillSql;
  readonly repair: RepairSql;
  /** The phases of a switch between two columns, where triggers do not follow a column to another name; null: the usual ones. */
  readonly pairPhases: ((plan: PairPlan) => Phases) | null;
  /** The phases of a column that is filled, where each trigger comes by itself; null: the usual ones. */
  readonly fillPhases: ((plan: FillPlan) => Phases) | null;
  /** The phases of a rule that no statement makes hold for new rows alone; null: a constraint is validated later. */
  readonly repairPhases: ((plan: RepairPlan) => Phases) | null;
  /** How a foreign key comes where the engine never reads the rows that are there; null: a statement validates it. */
  readonly unreadKey: ((key: UnreadKey) => UnreadKeyPlan) | null;
  readonly walk: WalkSql;
  /** Tables that take the place of others. */
  readonly copies: CopiesSql;
  /** How a column of a key gets another type under its name, where its whole table is copied for it; null: by a second column. */
  readonly retypedCopy: RetypedCopySql | null;
  /** Columns that go to a table of their own. */
  readonly splits: SplitsSql;
  readonly ledgerSchema: LedgerSchema;
  readonly authored: Authored;
  readonly script: Script;
  readonly byHand: ByHandSql;
  /**
   * What no tool can prevent in an application that names no columns, when a column of its table comes or goes.
   */
  cautions(
    table: TableName,
    of: {
      readonly comes: boolean;
      readonly goes: ReplacedColumn | null;
      readonly takesPlace: TakenPlace | null;
    },
  ): readonly string[];
  /** The same where a column gets another type and stays where it is; `when`: since which phase. */
  readonly retypeCaution: (table: TableName, column: string, when: string) => readonly string[];
  /** What people reach the database by, with nothing of Underpin. */
  readonly client: ClientProgram;
  /** `attempt`: seconds since 1970, `_`, and letters and digits that nobody else uses. */
  onlineProbe(attempt: string): OnlineProbe;
  /** A statement as the engine's ordinary driver takes it: places instead of names. */
  positional(statement: Statement): { readonly text: string; readonly values: readonly Parameter[] };
  inspector(database: Database): Inspector;
}

/** Columns that take the place of others in their rows. */
export interface TakenPlace {
  readonly old: readonly string[];
  readonly new: readonly string[];
  /** Whether the old ones may hold NULL. */
  readonly isNullable: boolean;
  /** Whether every UPDATE sets the old one by itself. */
  readonly isTouched: boolean;
}

export interface ReplacedColumn {
  readonly name: string;
  /** Other columns stand behind it, and change their positions when it goes. */
  readonly moves: boolean;
  /** Another column takes its name. */
  readonly keepsName: boolean;
}

export interface NotYet {
  readonly key: string;
  readonly fact: string;
}

export type Capability =
  | 'exclusion constraint beside the traffic'
  /** Primary and foreign keys of a column go over to the one that takes its place. */
  | 'keys that follow a column'
  /** A column is NOT NULL from one statement on, which reads the rows: no check comes before it. */
  | 'constraint that is validated later'
  | 'check beside the traffic'
  /** Deletes of rows that are referred to would scan the table, but for it. */
  | 'foreign key without an index of its columns'
  | 'foreign key that sets a default'
  /** Rows that break a rule are found by others of their own table while they are written. */
  | 'repair by rows of the same table'
  /** A column that keeps its name gets another type in its place, or not at all. */
  | 'column that takes the place of another'
  /** Rows of a partitioned table are written and compared by its key. */
  | 'walk over partitions';

export interface OnlineProbe {
  /** What is tried, for people: `build an index by …`. */
  readonly tries: string;
  /** What helps where it is refused, if there is nothing better than what is said of indexes. */
  readonly remedy?: string;
  readonly begin: Statement;
  readonly unit: Online;
  readonly end: Statement;
}
