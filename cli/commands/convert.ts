import { Option, type Command } from 'commander';
import { readdirSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dialectOf } from '../../engine/dialects/dialects.ts';
import { sqlParser } from '../../lambdas/runtime/sql-parser.ts';
import { convertedStatements, type ConvertedStatement } from '../convert/converted.ts';
import { readDdl } from '../convert/ddl-files.ts';
import { convertJson, convertText } from '../convert/formats.ts';
import { convertMarkdown } from '../convert/markdown.ts';
import type { Screen } from '../screen.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';

const formats = {
  text: convertText,
  json: convertJson,
  markdown: convertMarkdown,
} satisfies Record<string, (statements: readonly ConvertedStatement[], screen: Screen) => string>;

interface ConvertOptions {
  readonly format: keyof typeof formats;
  readonly out?: string;
}

const help = `
Reads the DDL of another tool for PostgreSQL: SQL (Prisma, Drizzle, Flyway, by hand) and migrations of Rails. A table that the same file makes is in nobody's use yet; several files, and those of a folder, are read in their order. No database is asked.

Exit code 1: a statement is not safe, or nobody can tell from its text.`;

/** `underpin convert PATH…`: which statements of somebody's DDL would hurt, and the migrations that do the same without. */
export function convert(command: Command, { screen, end }: Session): void {
  command
    .argument('<paths...>', 'SQL files, migrations of Rails, and folders of them; - is standard input')
    .option('--out <folder>', 'write the migrations there, under the next numbers; no file is overwritten')
    .addOption(new Option('--format <format>', 'how to answer').choices(Object.keys(formats)).default('text'))
    .addHelpText('after', help)
    .action(async (paths: readonly string[], { format, out }: ConvertOptions) => {
      const reading = { sql: dialectOf('postgres'), parser: await sqlParser() };
      const files = folderFiles(out);
      const judged = reading.sql.authored.judge(await readDdl(paths, process.stdin), reading.parser);
      const pathOf = (file: string): string => join(out ?? 'migrations', file);
      const statements = convertedStatements(judged, { files, pathOf }, reading);
      const migrations = statements.flatMap((each) => each.migrations);
      // Before the first word: whoever reads no further must not cut the writing short.
      if (out !== undefined)
        for (const { file, text } of migrations) await writeFile(pathOf(file), text, { flag: 'wx' });
      screen.line(formats[format](statements, screen));
      for (const { file, text } of format === 'text' ? migrations : [])
        screen.line(
          out === undefined ? `\n==> ${file} <==\n${text.trimEnd()}` : `${pathOf(file)} is written.`,
        );
      if (statements.some(({ verdict }) => verdict !== 'safe')) end(1);
    });
}

/** The names in the folder of the migrations; raises UsageError for one that was asked for and is not there. */
function folderFiles(out: string | undefined): readonly string[] {
  const folder = out ?? 'migrations';
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return readdirSync(folder);
  if (out === undefined) return [];
  throw new UsageError(`There is no folder ${out}. Make it first, or give another one.`);
}
