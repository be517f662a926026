import { InvalidSpec, type SpecProblem } from '../database/errors.ts';
import { printable } from './fault.ts';

/** A place in a migration file; both count from 1, columns in UTF-16 units as editors do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Key paths (`change.from`, `reads.ramp[2]`; `''` is the file) and where they stand. JSON, so that it travels with the spec. */
export type Positions = Readonly<Record<string, Position>>;

export interface SpecSource {
  readonly file: string;
  readonly positions: Positions;
}

/** The key path of a key in a section. */
export function childPath(section: string, key: string): string {
  const shown = printable(key);
  return section === '' ? shown : `${section}.${shown}`;
}

/** Where a key stands; for a key that is not written, the section that it would stand in. */
export function positionOf(positions: Positions, key: string): Position {
  const own = Object.hasOwn(positions, key) ? positions[key] : undefined;
  if (own !== undefined) return own;
  return key === '' ? { line: 1, column: 1 } : positionOf(positions, key.replace(/(?:^|\.|\[)[^.[]*$/, ''));
}

/** Where a key of a migration stands in its file, as `positionOf`. */
export function locate(
  { source }: { readonly source: SpecSource },
  key: string,
): Position & { readonly file: string } {
  return { file: source.file, ...positionOf(source.positions, key) };
}

/** A problem that a later check found with a key of the spec. */
export function problemAt(
  { source }: { readonly source: SpecSource },
  key: string,
  fact: string,
  remedy: string,
): SpecProblem {
  return { ...positionOf(source.positions, key), key, fact, remedy };
}

/** The same as the one line that people read: `FILE:LINE:COLUMN key: the fact. The remedy.` */
export function specProblem(
  spec: { readonly source: SpecSource },
  key: string,
  fact: string,
  remedy: string,
): string {
  return problemLine(spec.source.file, problemAt(spec, key, fact, remedy));
}

export function problemLine(file: string, { line, column, key, fact, remedy }: SpecProblem): string {
  const place = `${file}:${line}:${column}${key === '' ? '' : ` ${key}`}`;
  return `${place}: ${[fact, remedy]
    .filter((part) => part !== '')
    .map(sentence)
    .join(' ')}`;
}

function sentence(text: string): string {
  // A database's words come in several lines.
  const one = text.trim().replaceAll(/\s*\n\s*/g, ' ');
  return /[.?!]$/.test(one) ? one : `${one}.`;
}

/** A file can hold a hundred thousand problems; a message that travels through the state machine cannot. */
const mostLines = 50;

/** All problems of a file as one error, in the order of the file. */
export function invalidSpec(file: string, problems: readonly SpecProblem[]): InvalidSpec {
  const ordered = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  const lines = ordered.slice(0, mostLines).map((problem) => problemLine(file, problem));
  const more = ordered.length - lines.length;
  return new InvalidSpec([...lines, ...(more > 0 ? [`${file}: and ${more} more.`] : [])].join('\n'), ordered);
}
