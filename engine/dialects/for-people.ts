import type { ConvertedColumn, UniqueIndex } from './inspector.ts';
import type { Grant } from '../plan/expected.ts';
import type { PhaseName, Unit } from '../plan/plan.ts';
import type { TableName } from '../spec/table-name.ts';

/** Statements for people to run, and names as they write them. */
export interface Remedies {
  column(table: TableName, column: string): string;
  dropColumn(table: TableName, column: string): string;
  dropTable(table: TableName): string;
  dropIndex(table: TableName, index: string): string;
  dropTrigger(table: TableName, trigger: string): string;
  dropFunction(signature: string): string;
  setNotNull(table: TableName, column: string): string;
  validate(table: TableName, constraint: string): string;
  changeOwner(table: TableName, owner: string): string;
  comment(table: TableName, column: string, comment: string): string;
  grant(table: TableName, column: string, grant: Grant): string;
  analyze(table: TableName): string;
  identify(table: TableName, index: string): string;
  findDuplicates(table: TableName, converted: readonly ConvertedColumn[], index: UniqueIndex): string;
  /** Shows the keys of rows that refuse a migration. */
  listStubborn(migration: string): string;
  /** Takes them out of the ledger, for a key can be personal data. */
  forgetStubborn(migration: string): string;
  /** How statements of a migration that run on are found. */
  findRunning(migration: string): string;
}

/** A plan written out for people. */
export interface Script {
  /** A statement for what the others need. */
  readonly beforehand: string;
  /** Statements that commit together and wait for no lock longer than that. */
  together(statements: readonly string[], lockTimeoutMs: number): readonly string[];
}

/** For somebody with a client of the engine's and nothing else. */
export interface ByHandSql {
  /** What a rollback does in the database. */
  rollback(
    claim: { readonly migration: string; readonly epoch: number; readonly lockTimeoutMs: number },
    phases: readonly UndoneByHand[],
  ): readonly ByHand[];
  /** Shows what a migration has standing and how each of it is undone. */
  plannedUndo(migration: string): string;
}

/** A phase to be undone, with its undo. */
export interface UndoneByHand {
  readonly phase: PhaseName;
  readonly undo: readonly Unit[];
}

/** Something to be run by hand: statements, each by itself, with what they do. */
export interface ByHand {
  readonly does: string;
  readonly statements: readonly string[];
}

export interface ClientProgram {
  readonly name: string;
  /** A line for a shell; `statement` is quoted for one. */
  command(database: string, statement: string): string;
}
