import type { Engine } from '../dialects/dialect.ts';
import type { Expected } from './expected.ts';
import type { TableName } from '../spec/spec.ts';

/** The phases in the order in which they are lived. Rollback visits them newest first. */
export const phaseNames = [
  'expand',
  'dual-write',
  'backfill',
  'verify',
  'read-switch',
  'confidence',
  'quarantine',
  'contract',
] as const;
export type PhaseName = (typeof phaseNames)[number];

/** The strongest table lock that a statement takes, as PostgreSQL names it. */
export type Lock = 'ACCESS EXCLUSIVE' | 'SHARE ROW EXCLUSIVE' | 'SHARE UPDATE EXCLUSIVE' | 'none';

/** Statements that commit together under one lock timeout, as one call. */
export interface Brief {
  readonly kind: 'brief';
  readonly does: string;
  readonly lock: Lock;
  readonly statements: readonly string[];
}

/**
 * One statement that may run for hours beside the traffic: started, then watched from the catalog.
 * `state` gives one row of JSON: `{"state": "absent" | "running" | "broken" | "done"}`.
 */
export interface Online {
  readonly kind: 'online';
  readonly does: string;
  readonly lock: Lock;
  readonly statement: string;
  /** How often it reads the whole table; 0: a sample. */
  readonly scans: 0 | 1 | 2;
  readonly state: string;
  /** Clears what a failed attempt left behind (an INVALID index). */
  readonly clean: string | null;
}

export type Unit = Brief | Online;

export interface Irreversible {
  readonly irreversible: string;
}

/** What a phase does to the schema, with its undo beside it. Both run in the order written. */
export interface Phase {
  readonly run: readonly Unit[];
  readonly undo: readonly Unit[] | Irreversible;
}

export type Phases = Readonly<Record<PhaseName, Phase>>;

export const nothing: Phase = { run: [], undo: [] };

/**
 * Statements that walk the table's rows by key. All take `:migration` and `:epoch`; all but `sweep` take `:purpose`,
 * `:start` and `:n`, which name the walk, and `:shard`, or `:shards` for `cut`; `batch` and `check` take `:rows` and
 * `:lock_timeout`; `skip` takes `:sqlstate`, `sweep` takes `:key`.
 */
export interface Walk {
  readonly cut: string;
  readonly batch: string;
  readonly check: string;
  readonly skip: string;
  readonly sweep: string;
}

/** The two shapes of the data, for whoever reads or writes them. SQL expressions name the other side's column. */
export type Shape =
  | {
      readonly kind: 'pair';
      readonly old: { readonly column: string; readonly type: string };
      readonly new: { readonly column: string; readonly type: string };
      readonly up: string;
      readonly down: string;
      readonly quarantined: string;
    }
  | { readonly kind: 'added'; readonly column: string; readonly type: string; readonly fill: string | null };

/** A migration compiled to plain SQL. JSON: it lives in the ledger from the first phase to the last. */
export interface Plan {
  readonly migration: string;
  readonly engine: Engine;
  readonly table: TableName;
  readonly shape: Shape;
  readonly estimatedRows: number;
  readonly warnings: readonly string[];
  readonly phases: Phases;
  /** null: no row has to be written or compared. */
  readonly walk: Walk | null;
  /** What the audit at the end compares with. */
  readonly expects: Expected;
}
