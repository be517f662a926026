import type { Refusal } from '../changes/kind.ts';
import { InvalidSpec } from '../database/errors.ts';
import type { Fault } from './fault.ts';
import { problemAt, problemLine } from './spec-source.ts';
import type { Spec } from './spec.ts';

/** Raises InvalidSpec with all that is wrong, each at its place in the file; nothing where nothing is. */
export function refuse(spec: Spec, refusals: readonly Refusal[]): void {
  if (refusals.length > 0) throw invalid(spec, refusals);
}

/** What names no key is said of the change. */
export function invalid(spec: Spec, refusals: readonly (Fault & Partial<Refusal>)[]): InvalidSpec {
  const problems = refusals.map(({ key = 'change', fact, remedy, rows, waitsFor }) => ({
    ...problemAt(spec, key, fact, remedy),
    ...(rows === undefined ? {} : { rows }),
    ...(waitsFor === undefined ? {} : { waitsFor }),
  }));
  return new InvalidSpec(problems.map((it) => problemLine(spec.source.file, it)).join('\n'), problems);
}
