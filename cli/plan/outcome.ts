import { openForAuthor } from '../../engine/preview/checklist.ts';
import type { SpecProblem } from '../../engine/database/errors.ts';
import type { Preview } from '../../engine/preview/preview.ts';
import type { Spec } from '../../engine/spec/spec.ts';
import type { ExitCode } from '../failure.ts';

/** What planning one file came to. */
export interface PlannedFile {
  readonly file: string;
  /** null: the file is no migration. */
  readonly spec: Spec | null;
  readonly outcome: Outcome;
  /** What is wrong, for people; empty where nothing is. No row's value is in it: it may be posted. */
  readonly message: string;
  /** The same for whoever planned at this terminal, with keys of rows that are meant. */
  readonly atTerminal: string;
  readonly problems: readonly SpecProblem[];
  /** null: it could not be made. */
  readonly preview: Preview | null;
}

export const outcomes = {
  /** A start takes it. */
  ready: 0,
  /** It has run to its end in this database. */
  completed: 0,
  /** The author has not answered all of the checklist. */
  open: 1,
  /** The file has to change. */
  wrong: 2,
  /** The database has to change first, or another migration has to run. */
  'not ready': 3,
  /** No database answered. */
  'not asked': 4,
} as const satisfies Readonly<Record<string, ExitCode>>;
export type Outcome = keyof typeof outcomes;

export const outcomeNames = [
  'ready',
  'completed',
  'open',
  'wrong',
  'not ready',
  'not asked',
] as const satisfies readonly Outcome[];

/** What the checklist leaves to do. Without a database, what only it can answer keeps nothing open. */
export function outcomeOf(spec: Spec, { checklist, statistics, completed }: Preview): Outcome {
  if (completed) return 'completed';
  if (openForAuthor(spec).length > 0) return 'open';
  return statistics !== null && checklist.some(({ state }) => state === 'open') ? 'not ready' : 'ready';
}

// What is certain to need its author comes first, and then what leaves the answer incomplete.
const worstFirst: readonly ExitCode[] = [2, 4, 3, 1];

/** The code of several: the one that says most about what to do next. */
export const codeOf = (planned: readonly PlannedFile[]): ExitCode =>
  worstFirst.find((code) => planned.some(({ outcome }) => outcomes[outcome] === code)) ?? 0;
