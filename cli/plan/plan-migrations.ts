import { makersOf } from '../../engine/changes/conflicts.ts';
import { InvalidSpec } from '../../engine/database/errors.ts';
import { dialectOf } from '../../engine/dialects/dialects.ts';
import type { Engine } from '../../engine/dialects/engine.ts';
import { lintMigrations, type LintedFile, type MigrationFile } from '../../engine/lint-migrations.ts';
import type { Assumptions } from '../../engine/preview/estimate.ts';
import { preview } from '../../engine/preview/preview.ts';
import { problemLine } from '../../engine/spec/spec-source.ts';
import type { Spec } from '../../engine/spec/spec.ts';
import { sqlParser } from '../../lambdas/runtime/sql-parser.ts';
import type { Planner } from '../database/planner.ts';
import { failureOf, type ExitCode } from '../failure.ts';
import { inspectMigration } from './inspect-migration.ts';
import { outcomeOf, type Outcome, type PlannedFile } from './outcome.ts';

interface Asked {
  /** By which the files are read; null: that of the database. */
  readonly engine: Engine | null;
  /** null: no database is named. Raises what keeps it from being asked. */
  readonly open: () => Promise<Planner | null>;
  readonly assumptions: Assumptions;
}

/** Plans each file. What is wrong with one of them keeps no other from being planned. */
export async function planMigrations(
  files: readonly MigrationFile[],
  { engine, open, assumptions }: Asked,
): Promise<readonly PlannedFile[]> {
  const parser = await sqlParser();
  const lint = (by: Engine) => lintMigrations(files, { sql: dialectOf(by), parser });
  const known = engine === null ? null : lint(engine);
  if (known?.every(({ problems }) => problems.length > 0)) return known.map(wrong);
  const today = new Date().toISOString().slice(0, 10);
  return withPlanner(open, async (ask, found) => {
    const planned: PlannedFile[] = [];
    const linted = known ?? lint(found ?? 'postgres');
    for (const each of linted) planned.push(await planOne(each, planned));
    return planned;

    async function planOne(each: LintedFile, before: readonly PlannedFile[]): Promise<PlannedFile> {
      const { file, spec, problems } = each;
      if (spec === null || problems.length > 0) return wrong(each);
      try {
        const planner = ask();
        const seen = planner === null ? null : await inspectMigration(spec, planner);
        const shown = preview(spec, seen, { today, assumptions });
        return {
          file,
          spec,
          outcome: outcomeOf(spec, shown),
          message: '',
          atTerminal: '',
          problems: [],
          preview: shown,
        };
      } catch (error) {
        return failed({ file, spec, error }, before);
      }
    }
  });
}

/** A database that cannot be reached is told of every file that needs it. */
async function withPlanner<T>(
  open: () => Promise<Planner | null>,
  work: (ask: () => Planner | null, engine: Engine | undefined) => Promise<T>,
): Promise<T> {
  let planner: Planner | null = null;
  let refused: unknown;
  try {
    planner = await open();
  } catch (error) {
    if (failureOf(error).code !== 4) throw error;
    refused = error;
  }
  try {
    return await work(() => {
      if (refused !== undefined) throw refused;
      return planner;
    }, planner?.reading.dialect.engine);
  } finally {
    await planner?.close();
  }
}

function wrong({ file, spec, problems }: LintedFile): PlannedFile {
  const message = problems.map((problem) => problemLine(file, problem)).join('\n');
  return { file, spec, outcome: 'wrong', message, atTerminal: message, problems, preview: null };
}

const byCode: Partial<Readonly<Record<ExitCode, Outcome>>> = { 2: 'wrong', 3: 'not ready', 4: 'not asked' };

interface Failed {
  readonly file: string;
  readonly spec: Spec;
  readonly error: unknown;
}

function failed({ file, spec, error }: Failed, before: readonly PlannedFile[]): PlannedFile {
  const { code, message: atTerminal } = failureOf(error);
  const outcome = byCode[code];
  if (outcome === undefined) throw error;
  const { message, problems } = error instanceof InvalidSpec ? error : { message: atTerminal, problems: [] };
  const answer = { file, spec, outcome, message, atTerminal, problems, preview: null };
  const first = comesFirst(spec, answer, before);
  if (first === undefined) return answer;
  const more = `  ${first} makes it: that migration runs first.`;
  return {
    ...answer,
    outcome: 'not ready',
    message: `${message}\n${more}`,
    atTerminal: `${atTerminal}\n${more}`,
  };
}

/** The migration that makes the only thing that the database lacks. */
function comesFirst(
  spec: Spec,
  { problems }: PlannedFile,
  before: readonly PlannedFile[],
): string | undefined {
  const earlier = before.flatMap((each) =>
    each.spec === null || each.outcome === 'completed' ? [] : [each.spec],
  );
  const makers = new Map(makersOf(spec, earlier));
  const isMade = problems.length > 0 && problems.every(({ key }) => makers.has(key));
  return isMade ? makers.get(problems[0]?.key ?? '')?.name : undefined;
}
