import type { Settings } from '../plan/settings.ts';
import type { Change } from '../changes/kinds.ts';
import { nameProblems } from './migration-name.ts';
import { problemsOf } from './spec-problems.ts';
import { specSchema } from './spec-schema.ts';
import { invalidSpec, type SpecSource } from './spec-source.ts';
import { settingsOf, type Written } from './written-settings.ts';
import { readYaml } from './yaml-document.ts';

/** A migration as its author declares it, defaults filled in, and where each part of it is written. */
export interface Spec extends Omit<Settings, 'change'> {
  readonly change: Change;
  readonly rehearsal: Written['rehearsal'];
  /** Statements, each the new definition of a view. */
  readonly dependents: readonly string[];
  readonly source: SpecSource;
}

const largestFile = 1_000_000;

/**
 * Reads a migration file; its name gives the migration's.
 * Raises InvalidSpec, which holds every problem of the file, one a line: `FILE:LINE:COLUMN key: the fact. The remedy.`
 */
export function parseSpec(text: string, file: string): Spec {
  const start = { line: 1, column: 1, key: '' };
  if (text.length > largestFile) {
    const fact = `The file has ${text.length} characters; a migration has a few hundred.`;
    throw invalidSpec(file, [{ ...start, fact, remedy: 'Give the right file.' }]);
  }
  const { data, positions, problems } = readYaml(text.replace(/^\uFEFF/, ''));
  const soFar = [...nameProblems(file), ...problems];
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    const isEmpty = data === null || data === undefined;
    const fact = isEmpty ? 'The file is empty.' : 'The file is not a section of keys.';
    const remedy = 'Write `goal:`, `table:` and `change:`, each on its own line.';
    throw invalidSpec(file, problems.length > 0 ? soFar : [...soFar, { ...start, fact, remedy }]);
  }
  const parsed = specSchema.safeParse(data);
  const faults = parsed.success ? soFar : [...soFar, ...problemsOf(parsed.error.issues, data, positions)];
  if (!parsed.success || faults.length > 0) throw invalidSpec(file, faults);
  const { change, rehearsal, dependents, ...written } = parsed.data;
  return { ...settingsOf(written, file), change, rehearsal, dependents, source: { file, positions } };
}
