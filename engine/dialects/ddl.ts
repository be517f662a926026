import type { TableName } from '../spec/table-name.ts';

/** DDL that another tool has written. Several are read in the order in which they are run. */
export type DdlFile = DdlText | DdlProgram;

export interface DdlText {
  readonly file: string;
  readonly text: string;
}

/** A program that runs statements, with those that were read out of it. */
export interface DdlProgram {
  readonly file: string;
  readonly steps: readonly DdlStep[];
}

export interface DdlStep {
  readonly line: number;
  /** The statement, or several; where it could not be read, the program's own words. */
  readonly sql: string;
  /** The table of the index that the statement drops. */
  readonly table?: string;
  readonly unread?: { readonly fact: string; readonly remedy: string };
}

/** What one statement of it would do to a table that is in use. */
export interface JudgedStatement {
  readonly file: string;
  /** Of its first word. */
  readonly line: number;
  readonly sql: string;
  /** `unknown`: nobody can tell from its text. */
  readonly verdict: 'safe' | 'unsafe' | 'unknown';
  /** The strongest table lock, as the engine names it; `none`. */
  readonly lock: string;
  /** What it does with all rows under that lock. */
  readonly work: 'none' | 'scan' | 'rewrite';
  readonly findings: readonly DdlFinding[];
  /** What of it is safe, and stays a statement when the rest becomes migrations. */
  readonly keeps: readonly string[];
  /** The migrations that do the same without harm; none where no kind of change does. */
  readonly drafts: readonly Draft[];
}

export interface DdlFinding {
  readonly rule: string;
  readonly fact: string;
  readonly remedy: string;
  /** The drafts do without what it warns of. */
  readonly isAnswered: boolean;
}

/** A migration as far as a statement tells it. */
export interface Draft {
  /** The name of a kind of change. */
  readonly kind: string;
  readonly table: TableName;
  readonly change: Readonly<Record<string, DraftValue>>;
  /** What the statement does not say, for its author. */
  readonly notes: readonly string[];
}

export type DraftValue = string | boolean | readonly string[];
