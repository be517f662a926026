import type { GateName } from '../plan/settings.ts';
import type { StubbornRows } from './stubborn-rows.ts';

/** What was measured for a gate, before anybody judges it. Times are ISO 8601 in UTC. */
export interface GateMeasurements {
  readonly gate: GateName;
  readonly now: string;
  /** null: this change writes no row. */
  readonly rows: RowsMeasured | null;
  readonly stubbornRows: StubbornRows;
  /** Which triggers of the dual write do not fire on every write, with the remedy; null where all do. */
  readonly silentTriggers: string | null;
  /** What hangs on the old columns and is not as it was planned for; null where no columns take their place then. */
  readonly changedSince: readonly string[] | null;
  /** What a table and its copy do not both have; null where no tables exchange their names. */
  readonly differences: readonly string[] | null;
  /** What is worth knowing of the old type and forbids nothing; null where nobody asks. */
  readonly remarks: readonly string[] | null;
  /** Units of the verify phase that are not applied. */
  readonly unbuilt: readonly string[];
  /** What was built and is not there any more as it was planned, by the catalog of now. */
  readonly lost: readonly string[];
  /** What the old shape has and the new one does not get, as the plan says. */
  readonly leftBehind: readonly string[];
  /** Triggers that know the old shape alone; null where no reads are about to move. */
  readonly triggersBehind: readonly string[] | null;
  /** What the exchange of names does not reach, and stays with the old column; null where no names are exchanged. */
  readonly bound: readonly string[] | null;
  /** What the contract gate asks for besides; null at another gate. */
  readonly contract: ContractMeasured | null;
}

/** The walk that the gate stands on. */
export interface RowsMeasured {
  readonly rows: number;
  readonly mismatches: number;
  readonly finished: boolean;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  /** Triggers of the dual write that somebody has changed since it began: they may have been off for a while. */
  readonly changedTriggers: readonly string[];
  /** By the database's own clock. */
  readonly ageSeconds: number;
  /** Older than this is too old to decide by. */
  readonly freshSeconds: number;
  /** The share of the rows that may have missed a write on one side, and were repaired; null where none may. */
  readonly mostPartial: number | null;
  /** When a walk that writes has last written its checkpoint. */
  readonly lastRepairAt: string | null;
}

export interface ContractMeasured {
  /** null: nothing goes. */
  readonly oldShape: OldShapeMeasured | null;
  readonly quarantineSeconds: number;
}

/** Whether anybody still needs the old shape. */
export interface OldShapeMeasured {
  /** null: no reads move. */
  readonly switched: SwitchMeasured | null;
  readonly statements: StatementsMeasured;
  /** What the database itself knows to depend on it, in its own words. */
  readonly dependents: readonly string[];
  /** Views that the migration has given another definition: they did depend on it. */
  readonly replaced: readonly string[];
  /** Functions whose bodies name it, or may. */
  readonly functions: readonly string[];
  /** Things that are worth knowing and forbid nothing. */
  readonly notes: readonly string[];
}

/** Whether reads have left the old shape. */
export interface SwitchMeasured {
  /** The share of the reads that the flag sends to the new shape. */
  readonly flagPercent: number;
  readonly reads: ReadsMeasured;
}

export type ReadsMeasured =
  /** The migration's file says that the application does not report its reads. */
  | { readonly kind: 'waived' }
  | {
      readonly kind: 'reported';
      readonly since: string;
      /** Over the whole window. */
      readonly old: number;
      readonly new: number;
      /** From the first whole period of the window on: agents have heard of the flag by then. */
      readonly oldLately: number;
    };

export type StatementsMeasured =
  /** The migration's file says that they are not measured. */
  | { readonly kind: 'waived' }
  | { readonly kind: 'unmeasured'; readonly why: string }
  | {
      readonly kind: 'counted';
      readonly since: string;
      /** Instances that count for themselves, and cannot be asked through the Data API. */
      readonly readers: number;
      readonly named: readonly NamedStatement[];
      /** Statements that read whole rows of the table, and so the old shape without naming it. */
      readonly wholeRow: number;
    };

/** A statement that names the old shape, by its number in pg_stat_statements: its text may hold values. */
export interface NamedStatement {
  readonly queryId: string;
  readonly role: string;
  /** `SELECT`, `UPDATE`, … */
  readonly verb: string;
  readonly calls: number;
  readonly writes: boolean;
  /** The parser could not tell, so it counts. */
  readonly doubtful: boolean;
}
