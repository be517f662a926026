import { conflictsAmong } from './changes/conflicts.ts';
import type { SqlReader } from './changes/kind.ts';
import { checkFragments } from './preflight.ts';
import { InvalidSpec, type SpecProblem } from './database/errors.ts';
import { parseSpec, type Spec } from './spec/spec.ts';
import { problemAt } from './spec/spec-source.ts';

export interface MigrationFile {
  readonly file: string;
  readonly text: string;
}

/** A file, as far as it can be judged without a database. */
export interface LintedFile {
  readonly file: string;
  /** null: it is no migration. */
  readonly spec: Spec | null;
  /** A start would refuse it. */
  readonly problems: readonly SpecProblem[];
  /** It may be right, and somebody should know. */
  readonly warnings: readonly SpecProblem[];
}

/** Everything that is wrong with migration files and can be known without a database; the files in the order in which they are started. */
export function lintMigrations(files: readonly MigrationFile[], reading: SqlReader): readonly LintedFile[] {
  const read = files.map((each) => lintFile(each, reading));
  const specs = read.flatMap(({ spec }) => (spec === null ? [] : [spec]));
  const conflicts = conflictsAmong(specs);
  return read.map((each) => {
    const { spec } = each;
    if (spec === null) return each;
    return {
      ...each,
      problems: [...each.problems, ...twins(spec, specs)],
      warnings: conflicts
        .filter((conflict) => conflict.spec === spec)
        .map(({ key, fact, remedy }) => problemAt(spec, key, fact, remedy)),
    };
  });
}

function lintFile({ file, text }: MigrationFile, reading: SqlReader): LintedFile {
  let spec: Spec | null = null;
  try {
    spec = parseSpec(text, file);
    checkFragments(spec, reading);
    return { file, spec, problems: [], warnings: [] };
  } catch (error) {
    if (!(error instanceof InvalidSpec)) throw error;
    return { file, spec, problems: error.problems, warnings: [] };
  }
}

/** A migration is started by its name: two files of one name cannot be told apart. */
const twins = (spec: Spec, specs: readonly Spec[]): readonly SpecProblem[] =>
  specs
    .filter((other) => other !== spec && other.name === spec.name)
    .map(({ source }) =>
      problemAt(
        spec,
        '',
        `${source.file} declares ${spec.name} too`,
        'Rename one of them: the number before the name does not count.',
      ),
    );
