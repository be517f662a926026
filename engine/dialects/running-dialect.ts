import type { AuditFacts } from '../audit/audit-facts.ts';
import type { Statements } from '../database/statements.ts';
import type { Claim } from '../ledger/claim.ts';
import type { WalkId } from '../ledger/walk-id.ts';
import type { SideFact } from '../plan/side-facts.ts';
import type { ShapeColumn } from '../shapes/columns-shape.ts';
import type { TableName } from '../spec/table-name.ts';
import type { HealthAsked, HealthFacts } from '../walk/health-facts.ts';
import type { Engine } from './engine.ts';
import type { Errors } from './errors.ts';
import type { Remedies } from './for-people.ts';
import type { LedgerSql } from './ledger-sql.ts';

/**
 * What an engine needs to run a plan, whose own statements are stored in the ledger. It stands apart from what makes plans
 * because every function carries it.
 */
export interface RunningDialect {
  readonly engine: Engine;
  readonly ledger: LedgerSql;
  /**
   * Where the rows of a call that changes something may not come: the parameter that names a call, and what asks for its
   * answer by that name. Null where every statement gives its own rows.
   */
  readonly answers: { readonly call: string; readonly ask: string } | null;
  readonly errors: Errors;
  /** What bounds the statements that follow in its transaction; null where the engine has no such thing. */
  readonly boundedTo: ((ms: number) => string) | null;
  readonly remedies: Remedies;
  readonly look: RunningQuestions;
}

/** What an audit looks for in the catalog. */
export interface AuditedNames {
  readonly migration: string;
  readonly table: TableName;
  readonly columns: readonly string[];
  readonly relations: readonly TableName[];
}

/**
 * Triggers of a dual write, and the walk since whose begin they are asked of. None: the application writes both sides, and partitions are
 * asked of.
 */
export interface ChangedTriggers {
  readonly claim: Claim;
  readonly table: TableName;
  readonly triggers: readonly string[];
  readonly since: WalkId | null;
}

/** What a running migration asks of the database beside its plan. */
export interface RunningQuestions {
  /** What the catalog says of a table and of what a migration leaves there. */
  auditFacts(database: Statements, of: AuditedNames): Promise<AuditFacts>;
  /** Every row, and those without a value: a scan. */
  countRows(
    database: Statements,
    of: { readonly table: TableName; readonly column: string },
  ): Promise<{ readonly rows: number; readonly nulls: number }>;
  /**
   * What hangs on columns of a table, and what decides what a write of them means. `arriving`: those that take their place.
   * `isMoved`: they go to another table.
   */
  side(
    database: Statements,
    of: {
      readonly table: TableName;
      readonly columns: readonly string[];
      readonly arriving: readonly ShapeColumn[];
      readonly isMoved?: boolean;
    },
  ): Promise<readonly SideFact[]>;
  /** Which triggers of a dual write do not fire on every write, with the remedy; null where all do. */
  silentTriggers(
    database: Statements,
    of: { readonly table: TableName; readonly triggers: readonly string[] },
  ): Promise<string | null>;
  /**
   * Triggers of a dual write that are as they should be, and somebody has changed since a walk began, or since we made them where
   * none is given: they may have been off for a while.
   */
  changedTriggers(database: Statements, of: ChangedTriggers): Promise<readonly string[]>;
  /**
   * Statements of a unit that lock the table, and raise a serialization failure where `changedTriggers` gives any by then, or `children`
   * does; null where no table is locked for it.
   */
  readonly refuseChangedTriggers: ((of: ChangedTriggers) => readonly string[]) | null;
  /** Partitions that were attached when the new side was the truth of an application that writes both, behind its last walk before that. */
  attachedBehind(
    database: Statements,
    of: { readonly table: TableName; readonly migration: string },
  ): Promise<readonly string[]>;
  /** Tables that inherit from one and are no partitions of it. */
  children(database: Statements, table: TableName): Promise<readonly string[]>;
  /**
   * Whether somebody reads by a snapshot of before the last row was filled, as far as the role sees others' sessions; null
   * where the engine is not asked.
   */
  olderSnapshot(database: Statements, migration: string): Promise<boolean | null>;
  /** What a row takes in the table on average, by what the server has counted; null where it has not. */
  rowBytes(database: Statements, table: TableName): Promise<number | null>;
  /** What the signals read that have a limit. */
  health(database: Statements, asked: HealthAsked): Promise<HealthFacts>;
  /**
   * Who replicates a table, one a sentence, and knows it by the name or the schema that it has while a view stands in its place, or would
   * know it once it is back.
   */
  replication(
    database: Statements,
    of: { readonly base: TableName; readonly table: TableName },
  ): Promise<readonly string[]>;
  /** Triggers of a table that are on and not ours. */
  triggersOfOthers(database: Statements, table: TableName): Promise<readonly string[]>;
  /** Whether a query of the author's gives a row. */
  givesRow(database: Statements, query: string): Promise<boolean>;
}
