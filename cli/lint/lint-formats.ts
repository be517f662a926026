import type { SpecProblem } from '../../engine/database/errors.ts';
import type { LintedFile } from '../../engine/lint-migrations.ts';
import { problemLine } from '../../engine/spec/spec-source.ts';
import { plural } from '../../engine/words/amounts.ts';
import type { Screen } from '../screen.ts';

/** For people: a line for each problem, which editors and terminals can follow, and the sum. */
export function lintText(files: readonly LintedFile[], { styled }: Pick<Screen, 'styled'>): string {
  const lines = files.flatMap(({ file, problems, warnings }) => [
    ...problems.map((problem) => problemLine(file, problem)),
    ...warnings.map((warning) => `${styled('yellow', 'warning')} ${problemLine(file, warning)}`),
  ]);
  return [...lines, summary(files)].join('\n');
}

function summary(files: readonly LintedFile[]): string {
  const wrong = files.filter(({ problems }) => problems.length > 0).length;
  const warnings = files.reduce((sum, each) => sum + each.warnings.length, 0);
  const right =
    wrong === 0
      ? `${plural(files.length, 'migration')}, nothing wrong`
      : `${plural(files.length, 'migration')}, ${wrong} wrong`;
  return `${right}${warnings === 0 ? '' : `; ${plural(warnings, 'warning')}`}`;
}

/** For programs. Keys are added, never renamed. */
export const lintJson = (files: readonly LintedFile[]): string =>
  JSON.stringify(
    {
      format: 'underpin-lint-1',
      migrations: files.map(({ file, spec, problems, warnings }) => ({
        file,
        migration: spec?.name ?? null,
        kind: spec?.change.kind ?? null,
        table: spec?.table ?? null,
        problems,
        warnings,
      })),
    },
    null,
    2,
  );

/** Workflow commands of GitHub Actions: each problem stands at its line of the pull request. */
export const lintAnnotations = (files: readonly LintedFile[]): string =>
  [
    ...files.flatMap(({ file, problems, warnings }) => [
      ...problems.map((problem) => annotation('error', file, problem)),
      ...warnings.map((warning) => annotation('warning', file, warning)),
    ]),
    summary(files),
  ].join('\n');

function annotation(level: 'error' | 'warning', file: string, problem: SpecProblem): string {
  const { line, column, key } = problem;
  const properties = { file, line: String(line), col: String(column), title: key || 'underpin' };
  const said = problemLine('', problem).replace(/^[^ ]* /u, '');
  const listed = Object.entries(properties).map(([name, value]) => `${name}=${inProperty(value)}`);
  return `::${level} ${listed.join(',')}::${inMessage(said)}`;
}

// As @actions/core escapes them: without it a text could begin a command of its own.
const inMessage = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const inProperty = (text: string): string => inMessage(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
