import type { WrittenBy } from './written-by.ts';

export interface OldColumn {
  readonly name: string;
  readonly down: string;
  /** Of the spec. */
  readonly keys: { readonly name: string; readonly down: string };
}

export interface NewColumn {
  readonly name: string;
  readonly type: string;
  readonly up: string;
  readonly default: string | null;
  /** Whether the author has said it, if only that there is none. */
  readonly saysDefault: boolean;
  readonly notNull: boolean;
  /** Of the spec. */
  readonly key: string;
}

/** What the author wrote for what hangs on the old columns, by its name. */
export interface SidesAnswers {
  readonly indexes?: Readonly<Record<string, string>>;
  readonly checks?: Readonly<Record<string, string>>;
  readonly foreignKeys?: Readonly<Record<string, 'drop'>>;
}

/** Columns take the place of others, n for m: a split, a merge. */
export interface SidesChange extends WrittenBy {
  readonly old: readonly OldColumn[];
  readonly new: readonly NewColumn[];
  readonly answers: SidesAnswers;
}
