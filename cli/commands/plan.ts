import { Option, type Command } from 'commander';
import { usualAssumptions } from '../../engine/preview/estimate.ts';
import { engineAsked, openPlanner, withDatabase, type DatabaseOptions } from '../database/options.ts';
import { readMigrations } from '../migration-files.ts';
import { plansJson } from '../plan/json.ts';
import { plansMarkdown } from '../plan/markdown.ts';
import { codeOf, type PlannedFile } from '../plan/outcome.ts';
import { overviewText } from '../plan/overview.ts';
import { planMigrations } from '../plan/plan-migrations.ts';
import { planSql } from '../plan/sql.ts';
import { planText } from '../plan/text.ts';
import type { Session } from '../session.ts';
import type { Screen } from '../screen.ts';
import { UsageError } from '../usage-error.ts';

/** `inside`: the answer holds what is wrong too; else it is noted beside it. */
interface Format {
  readonly inside: boolean;
  readonly write: (planned: readonly PlannedFile[], screen: Screen) => string;
}

const formats = {
  text: { inside: false, write: text },
  json: { inside: true, write: plansJson },
  markdown: { inside: true, write: plansMarkdown },
  sql: { inside: false, write: (planned) => previews(planned).map(planSql).join('\n') },
} satisfies Record<string, Format>;

interface PlanOptions extends DatabaseOptions {
  readonly format: keyof typeof formats;
  readonly rowsPerSecond?: number;
}

const help = `
Nothing in the database is changed; in MySQL the ledger's own database \`underpin\` is made where it lacks. Markdown is a comment for a pull request, sql a script for review.

Exit codes, of several files the first in this list:
  2  wrong      the file has to change
  4  not asked  the database did not answer: no connection, no credentials, a lock
  3  not ready  the database has to change first, or an earlier migration has to run
  1  open       the author has not answered all of the checklist
  0  ready      a start takes it, or it was completed already`;

/** `underpin plan PATH…`: what migrations would do, before they do anything. */
export function plan(command: Command, { screen, end }: Session): void {
  command
    .argument('<paths...>', 'migrations and folders, such as migrations/0001-rename-users-email.yaml')
    .addOption(new Option('--format <format>', 'how to answer').choices(Object.keys(formats)).default('text'))
    .option('--rows-per-second <n>', 'what one worker wrote in your rehearsal, for the estimate', positive);
  withDatabase(command)
    .addHelpText('after', help)
    .action(async (paths: readonly string[], { rowsPerSecond, format, ...options }: PlanOptions) => {
      const planned = await planMigrations(await readMigrations(paths), {
        engine: engineAsked(options),
        open: () => openPlanner(options),
        assumptions: { ...usualAssumptions, ...(rowsPerSecond === undefined ? {} : { rowsPerSecond }) },
      });
      const { inside, write } = formats[format];
      // What kept all of them from being asked is one thing to say.
      const notes = new Set(planned.map(({ atTerminal }) => atTerminal).filter((note) => note !== ''));
      if (!inside) for (const note of notes) screen.note(note);
      const answer = write(planned, screen);
      if (answer !== '') screen.line(answer);
      end(codeOf(planned));
    });
}

function text(planned: readonly PlannedFile[], screen: Screen): string {
  if (planned.length > 1) return overviewText(planned, screen);
  return previews(planned)
    .map((each) => planText(each, screen))
    .join('');
}

const previews = (planned: readonly PlannedFile[]) =>
  planned.flatMap(({ preview }) => (preview === null ? [] : [preview]));

function positive(number: string): number {
  const value = Number(number.replaceAll('_', ''));
  if (value > 0 && Number.isFinite(value)) return value;
  throw new UsageError(`--rows-per-second takes a number above 0, not "${number}".`);
}
