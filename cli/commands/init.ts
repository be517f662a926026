import { underpin } from '../command-name.ts';
import { Option, type Command } from 'commander';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { checkFragments } from '../../engine/preflight.ts';
import { dialectOf } from '../../engine/dialects/dialects.ts';
import type { Engine } from '../../engine/dialects/engine.ts';
import { InvalidSpec, type SpecProblem } from '../../engine/database/errors.ts';
import { parseSpec, type Spec } from '../../engine/spec/spec.ts';
import { sqlParser } from '../../lambdas/runtime/sql-parser.ts';
import { engineAsked, openPlanner, withDatabase, type DatabaseOptions } from '../database/options.ts';
import { writeApp, type WrittenApp } from '../init/app-files.ts';
import { collectAnswers, type MigrationAnswers, type Answers } from '../init/answers.ts';
import { terminalAsker } from '../init/asker.ts';
import { checkTarget, fileText, targetFile } from '../init/file.ts';
import { offersOf } from '../init/offers.ts';
import type { Question } from '../../engine/changes/kind.ts';
import { kindNames, kinds } from '../../engine/changes/kinds.ts';
import { wrapLine } from '../wrap-text.ts';
import { tableQuestion, ticketQuestions } from '../init/questions.ts';
import type { Session } from '../session.ts';

// Each flag once, in the words of the kind that asks it first.
const questions: readonly Question[] = [
  tableQuestion,
  ...kindNames.flatMap((kind) => kinds[kind].asks),
  ...ticketQuestions,
].filter(({ flag }, at, all) => all.findIndex((other) => other.flag === flag) === at);

/** `underpin init [FILE]`: a first migration file, by asking; with `--app`, the CDK app around it. */
export function init(command: Command, { screen }: Session): void {
  command
    .argument('[file]', 'the file or folder; without one, the next number in migrations/')
    .option('--app', 'write a CDK app with a workflow for GitHub instead, into the folder or here')
    .addOption(new Option('--kind <kind>', 'the kind of change').choices(kindNames));
  for (const question of questions) command.addOption(optionOf(question));
  withDatabase(command)
    .addHelpText('after', '\nWith a database, its tables and columns are offered. No file is overwritten.')
    .action(async (file: string | undefined, { app, ...options }: InitOptions) => {
      if (app !== undefined) return screen.line(appText(await writeApp(file ?? '.'), file));
      checkTarget(file);
      const planner = await openPlanner(options);
      const engine = planner?.reading.dialect.engine ?? engineAsked(options) ?? 'postgres';
      try {
        const asker = screen.interactive
          ? await terminalAsker((problem) => screen.line(wrapLine(`  ${problem}`, screen.columns)))
          : null;
        const offers = planner === null ? null : offersOf(planner);
        const answers = await collectAnswers(texts(options), asker, offers, (given) =>
          problemsOf(given, engine),
        );
        const target = targetFile(file, answers);
        const text = fileText(answers, target);
        const spec = await checked(text, target, engine);
        await mkdir(dirname(target), { recursive: true });
        await writeFile(target, text, { flag: 'wx' });
        screen.line(`${target} is written: ${spec.name}.`);
        screen.line(next(target));
      } finally {
        await planner?.close();
      }
    });
}

async function checked(text: string, file: string, engine: Engine): Promise<Spec> {
  const spec = parseSpec(text, file);
  checkFragments(spec, { sql: dialectOf(engine), parser: await sqlParser() });
  return spec;
}

/** What is wrong with the file that these answers would make. */
export async function problemsOf(
  answers: MigrationAnswers,
  engine: Engine = 'postgres',
): Promise<readonly SpecProblem[]> {
  const file = '0001-draft.yaml';
  try {
    await checked(fileText(answers, file), file, engine);
    return [];
  } catch (error) {
    if (error instanceof InvalidSpec) return error.problems;
    throw error;
  }
}

const optionOf = ({ flag, asks, truth }: Question): Option =>
  new Option(truth ? `--${flag}` : `--${flag} <text>`, asks.replace(/\?$/u, ''));

interface InitOptions extends DatabaseOptions, Flags {
  readonly app?: true;
}
type Flags = Readonly<Record<string, string | true | undefined>>;

const keys = ['kind', ...questions.map(({ key }) => key)];

const texts = (flags: Flags): Answers =>
  Object.fromEntries(
    keys.flatMap((key) => {
      const flag = flags[key];
      return flag === undefined ? [] : [[key, String(flag)]];
    }),
  );

const next = (file: string): string => `
Next:
  ${underpin} rehearse ${file}
      runs all of it on this machine, under live traffic
  ${underpin} plan ${file} --database-url postgres://…
      shows its SQL, its locks, and what is still required before a start
  git add ${file}
      then it is reviewed and deployed like all code`;

const appText = ({ written, kept, lacking }: WrittenApp, folder: string | undefined): string =>
  [
    ...written.map((file) => `written  ${file}`),
    ...kept.map((file) => `kept     ${file}: it was there, and is not overwritten`),
    ...(lacking.length === 0
      ? []
      : ['', 'Your package.json lacks some packages:', `  npm install --save-dev ${lacking.join(' ')}`]),
    '',
    `Next: ${folder === undefined ? '' : `cd ${folder}, then `}README.md says what to fill in, once.`,
  ].join('\n');
