import type { Statement } from '../database/database.ts';
import type { Brief, PhaseName, Unit } from '../plan/plan.ts';
import type { UnitPlace } from './dialect.ts';

/** Texts by name; whoever sends one binds its parameters (engine/ledger/). */
type Texts<Name extends string> = Readonly<Record<Name, string>>;

/** The ledger's statements. All that ask give rows of one column of JSON. */
export interface LedgerSql {
  /** Builds the ledger beside the data. Safe to run again, beside running migrations. */
  readonly install: Statement;
  /** Whether its schema is there, as `{"exists": boolean}`, and what makes it. */
  readonly askSchema: Statement;
  readonly createSchema: Statement;
  /** A unit's statements as one call: they commit together with their mark in the ledger or not at all. */
  brief(place: UnitPlace, unit: Pick<Brief, 'statements'>, lockTimeoutMs: number): Statement;
  /** What a migration is, who has it, and what of it stands. */
  readonly state: Texts<StateStatement>;
  /** How far walks are. */
  readonly walks: Texts<WalkStatement>;
  /** What happened, and who decided. */
  readonly journal: Texts<JournalStatement>;
  /** What a rollback does in the database, for somebody with a client of the engine's and nothing else. */
  rollbackByHand(
    claim: { readonly migration: string; readonly epoch: number; readonly lockTimeoutMs: number },
    phases: readonly UndoneByHand[],
  ): readonly ByHand[];
  /** Shows what a migration has standing and how each of it is undone. */
  plannedUndo(migration: string): string;
}

export type StateStatement =
  | 'exists'
  | 'find'
  | 'migrations'
  | 'steer'
  | 'order'
  | 'claim'
  | 'fence'
  | 'enterPhase'
  | 'close'
  | 'applied'
  | 'mark'
  | 'forget'
  | 'holder'
  | 'ended'
  | 'cancelOnline';

export type WalkStatement =
  | 'shards'
  | 'walk'
  | 'walks'
  | 'newestComparison'
  | 'lastWritten'
  | 'stubbornCount'
  | 'stubbornRows'
  | 'forget';

export type JournalStatement =
  | 'since'
  | 'latest'
  | 'lastAudit'
  | 'visits'
  | 'lastFailure'
  | 'failureOf'
  | 'enteredAt'
  | 'evidence'
  | 'audit'
  | 'decision'
  | 'rejection'
  | 'failure';

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
