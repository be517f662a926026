import type { Statement } from '../database/statements.ts';
import type { Direction } from '../ledger/applied.ts';
import type { WalkParameters } from '../ledger/walk-id.ts';
import type { Brief, PhaseName } from '../plan/plan.ts';

/** Texts by name; whoever sends one binds its parameters (engine/ledger/). */
type Texts<Name extends string> = Readonly<Record<Name, string>>;

/** The ledger's statements. All that ask give rows of one column of JSON. */
export interface LedgerSql {
  /** A unit's statements as one call: they commit together with their mark in the ledger or not at all. */
  brief(
    place: UnitPlace,
    unit: Pick<Brief, 'statements' | 'waitsAtMostMs' | 'catalogOnly'>,
    lockTimeoutMs: number,
  ): Statement;
  /** What a migration is, who has it, and what of it stands. */
  readonly state: Texts<StateStatement>;
  /** How far walks are. */
  readonly walks: Texts<WalkStatement>;
  /** A statement of a unit: a serialization failure where a walk has ended longer ago. Null where no unit goes by a walk. */
  readonly endedWithin: ((walk: WalkParameters, seconds: number) => string) | null;
  /** What happened, and who decided. */
  readonly journal: Texts<JournalStatement>;
}

/** What the ledger is made by. */
export interface LedgerSchema {
  /** Builds the ledger beside the data. Safe to run again, beside running migrations. */
  readonly install: readonly Statement[];
  /** Whether its schema is there, as `{"exists": boolean}`, and what makes it. */
  readonly ask: Statement;
  readonly create: Statement;
  /** Takes a ledger away that somebody has just made; null where others may have begun to use it. */
  readonly remove: Statement | null;
}

/**
 * `find` gives its record in pieces, in order, each a JSON string: a row of the Data API holds 64 KB, and a plan may be longer.
 * A character takes four bytes at most, and no character of JSON text more than two of them once it is JSON again.
 */
export const charactersOfPiece = 10_000;

export type StateStatement =
  | 'exists'
  | 'find'
  | 'migrations'
  | 'running'
  | 'steer'
  | 'ordersInForce'
  | 'claim'
  | 'fence'
  | 'enterPhase'
  | 'close'
  | 'applied'
  | 'mark'
  | 'mayStart'
  | 'answered'
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
  | 'forgetProgress'
  | 'forget';

export type JournalStatement =
  | 'since'
  | 'latest'
  | 'lastAudit'
  | 'visits'
  | 'lastFailure'
  | 'enteredAt'
  | 'evidence'
  | 'audit'
  | 'note'
  | 'decision'
  | 'rejection'
  | 'failure';

/** A unit of a phase in the ledger. */
export interface UnitPlace {
  readonly migration: string;
  readonly epoch: number;
  readonly phase: PhaseName;
  readonly direction: Direction;
  /** Which of the phase's units in that direction, from 0. */
  readonly unit: number;
}
