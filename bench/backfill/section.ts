import type { Machine } from './results.ts';
import type { Subject } from './subjects.ts';

/** One thing that the bench measures. */
export type Section = (bench: Bench) => Promise<Findings>;

export interface Findings {
  /** Kept as JSON. */
  readonly results: object;
  /** For the page, in Markdown. */
  readonly text: string;
  /** SVG. */
  readonly plot?: string;
}

export interface Options {
  /** Rows of each table; each section has its own where nobody says. */
  readonly rows: readonly number[] | undefined;
  readonly rounds: number;
  readonly workers: readonly number[];
  readonly requestsPerSecond: number;
  readonly baselineMs: number;
  readonly minutes: number;
  /** Names of subjects. */
  readonly only: readonly string[] | undefined;
  /** Programs of other tools. */
  readonly pgroll: string | undefined;
  readonly pgOsc: string | undefined;
}

export interface Bench {
  readonly options: Options;
  readonly machine: Machine;
  /** For what is written meanwhile. */
  readonly folder: string;
  /** On a database of its own, whose table has that many rows; it is dropped afterwards. */
  on<T>(subject: Pick<Subject, 'table'>, rows: number, work: (url: string) => Promise<T>): Promise<T>;
  /** Tells who waits. */
  say(subject: string, way: string, what: string): void;
}

/** The chosen ones. */
export const chosen = <Of extends Pick<Subject, 'name'>>(
  { only }: Options,
  subjects: readonly Of[],
): readonly Of[] => subjects.filter(({ name }) => only === undefined || only.includes(name));

export const rowsOf = ({ rows }: Options, usual: number): number => rows?.[0] ?? usual;
