import { Option, type Command } from 'commander';
import { checkFragments } from '../../engine/compile.ts';
import { dialectOf } from '../../engine/dialects/dialects.ts';
import { openForAuthor } from '../../engine/preview/checklist.ts';
import { usualAssumptions } from '../../engine/preview/estimate.ts';
import { preview, type Preview } from '../../engine/preview/preview.ts';
import { parseSpec, type Spec } from '../../engine/spec/spec.ts';
import { sqlParser } from '../../lambdas/runtime/sql-parser.ts';
import { openPlanner, withDatabase, type DatabaseOptions } from '../database/options.ts';
import { readInput } from '../input-file.ts';
import { inspectMigration } from '../plan/inspect-migration.ts';
import { planSql } from '../plan/sql.ts';
import { planText } from '../plan/text.ts';
import type { Session } from '../session.ts';
import type { Screen } from '../screen.ts';
import { UsageError } from '../usage-error.ts';

interface PlanOptions extends DatabaseOptions {
  readonly json?: true;
  readonly sql?: true;
  readonly rowsPerSecond?: number;
}

/** `underpin plan FILE`: what a migration would do, before it does anything. */
export function plan(program: Command, { screen, end }: Session): void {
  const command = program
    .command('plan')
    .description('Show what a migration would do: its SQL, its locks, its way back, its time and its price.')
    .argument('<file>', 'the migration, such as migrations/0001-rename-users-email.yaml')
    .addOption(new Option('--json', 'answer with one JSON document').conflicts('sql'))
    .option('--sql', 'answer with an SQL script for review')
    .option('--rows-per-second <n>', 'what one worker wrote in your rehearsal, for the estimate', positive);
  withDatabase(command)
    .addHelpText(
      'after',
      `\nNothing in the database is changed. Exit code 1: an item of the checklist is open.`,
    )
    .action(async (file: string, options: PlanOptions) => {
      const spec = parseSpec(await readInput(file, (message) => new UsageError(message)), file);
      const planned = await previewed(spec, options);
      screen.line(written(planned, options, screen));
      if (isOpen(planned, spec)) end(1);
    });
}

async function previewed(spec: Spec, { rowsPerSecond, ...options }: PlanOptions): Promise<Preview> {
  const today = new Date().toISOString().slice(0, 10);
  const assumptions = { ...usualAssumptions, ...(rowsPerSecond === undefined ? {} : { rowsPerSecond }) };
  const planner = await openPlanner(options);
  if (planner === null) {
    checkFragments(spec, { sql: dialectOf('postgres'), parser: await sqlParser() });
    return preview(spec, null, { today, assumptions });
  }
  try {
    return preview(spec, await inspectMigration(spec, planner), { today, assumptions });
  } finally {
    await planner.close();
  }
}

function written(planned: Preview, { json, sql }: PlanOptions, screen: Screen): string {
  if (json === true) return JSON.stringify(planned, null, 2);
  return sql === true ? planSql(planned) : planText(planned, screen);
}

/** Without a database, what only it can answer keeps nothing open. */
const isOpen = ({ checklist, statistics }: Preview, spec: Spec): boolean =>
  statistics === null ? openForAuthor(spec).length > 0 : checklist.some(({ state }) => state === 'open');

function positive(text: string): number {
  const number = Number(text.replaceAll('_', ''));
  if (number > 0 && Number.isFinite(number)) return number;
  throw new UsageError(`--rows-per-second takes a number above 0, not "${text}".`);
}
