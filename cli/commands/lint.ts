import { Option, type Command } from 'commander';
import { dialectOf } from '../../engine/dialects/dialects.ts';
import type { Engine } from '../../engine/dialects/engine.ts';
import { lintMigrations, type LintedFile } from '../../engine/lint-migrations.ts';
import { sqlParser } from '../../lambdas/runtime/sql-parser.ts';
import { lintAnnotations, lintJson, lintText } from '../lint/lint-formats.ts';
import { engineOption } from '../database/options.ts';
import { readMigrations } from '../migration-files.ts';
import type { Screen } from '../screen.ts';
import type { Session } from '../session.ts';

const formats = {
  text: lintText,
  json: lintJson,
  github: lintAnnotations,
} satisfies Record<string, (files: readonly LintedFile[], screen: Screen) => string>;
interface LintOptions {
  readonly format: keyof typeof formats;
  readonly engine?: Engine;
}

/** `underpin lint [PATH…]`: what is wrong with migration files, without a database. */
export function lint(command: Command, { screen, end }: Session): void {
  command
    .argument('[paths...]', 'files and folders', ['migrations'])
    .addOption(
      new Option('--format <format>', 'how to answer; github: annotations at the lines of a pull request')
        .choices(Object.keys(formats))
        .default('text'),
    )
    .addOption(engineOption())
    .addHelpText('after', '\nExit code 2: a file is wrong. Warnings do not change the exit code.')
    .action(async (paths: readonly string[], { format, engine = 'postgres' }: LintOptions) => {
      const reading = { sql: dialectOf(engine), parser: await sqlParser() };
      const linted = lintMigrations(await readMigrations(paths), reading);
      screen.line(formats[format](linted, screen));
      if (linted.some(({ problems }) => problems.length > 0)) end(2);
    });
}
