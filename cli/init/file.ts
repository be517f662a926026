import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { stringify } from 'yaml';
import type { Question } from '../../engine/changes/kind.ts';
import { kinds } from '../../engine/changes/kinds.ts';
import { UsageError } from '../usage-error.ts';
import type { DraftValue } from '../../engine/dialects/ddl.ts';
import type { MigrationAnswers, Answers } from './answers.ts';

/** What a file is written of: answers of a person, or what another tool's DDL says. */
export interface WrittenMigration extends Omit<MigrationAnswers, 'change'> {
  readonly change: Readonly<Record<string, DraftValue>>;
  /** Comments at its head. */
  readonly head?: readonly string[];
}

/** Refuses a place that no file can be written to, before anybody has answered a question. Raises UsageError. */
export function checkTarget(asked = usualFolder): void {
  const about = statSync(asked, { throwIfNoEntry: false });
  if (about?.isDirectory() === true || (about === undefined && asked === usualFolder)) return;
  if (!isMigrationFile(asked))
    throw new UsageError(`"${asked}" is neither a folder nor a .yaml file. Give one of them.`);
  absent(asked);
}

/** Where a migration is written: the file that was asked for, or the next number in its folder. Raises UsageError. */
export function targetFile(asked: string | undefined, answered: MigrationAnswers): string {
  checkTarget(asked);
  const given = asked ?? usualFolder;
  if (isMigrationFile(given) && !existsSync(given)) return given;
  const files = existsSync(given) ? readdirSync(given) : [];
  const file = join(given, `${nextNumber(files)}-${slug(answered)}.yaml`);
  return files.length === 0 ? file : absent(file);
}

/** Made where it is not there yet. */
const usualFolder = 'migrations';

const isMigrationFile = (name: string): boolean => /\.ya?ml$/u.test(name);

function absent(file: string): string {
  if (existsSync(file))
    throw new UsageError(`${file} is there already, and is not overwritten. Give another name.`);
  if (!existsSync(dirname(file)))
    throw new UsageError(`There is no folder ${dirname(file)}. Make it first, or give another name.`);
  const twin = readdirSync(dirname(file)).find((other) => nameOf(other) === nameOf(basename(file)));
  if (twin !== undefined)
    throw new UsageError(
      `${join(dirname(file), twin)} declares ${nameOf(twin)} already. Give the new file another name, such as ${file.replace(/(\.ya?ml)$/u, '-again$1')}.`,
    );
  return file;
}

/** A migration is called by its file's name, without the number. */
export const nameOf = (file: string): string => file.replace(/^\d+-/u, '').replace(/\.ya?ml$/u, '');

/** The number that follows those of a folder's files. */
export function nextNumber(files: readonly string[]): string {
  const numbers = files
    .map((file) => /^(\d+)-.*\.ya?ml$/u.exec(file)?.[1])
    .filter((each) => each !== undefined);
  const width = Math.max(4, ...numbers.map(({ length }) => length));
  return String(Math.max(0, ...numbers.map(Number)) + 1).padStart(width, '0');
}

// Names of database objects carry the migration's.
const longestSlug = 40;

/** What a migration is called by what it does. */
export function slug({ kind, table, change }: Pick<WrittenMigration, 'kind' | 'table' | 'change'>): string {
  const words = [
    kinds[kind].verb,
    table.replace(/^public\./u, ''),
    String(change['from'] ?? change['column'] ?? change['name'] ?? ''),
  ];
  const plain = words
    .join('-')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/gu, '-');
  return plain.slice(0, longestSlug).replaceAll(/^-+|-+$/gu, '');
}

/** The text of a migration's file, with what a reader asks for next as comments. */
export function fileText({ kind, table, change, ticket, head = [] }: WrittenMigration, file: string): string {
  const { goal = '', owner, ticket: request, deadline } = ticket;
  return [
    `# yaml-language-server: $schema=${schemaFrom(file)}`,
    ...head.map((text) => `# ${text}`),
    line('goal', goal),
    orComment('owner', owner, 'identity-team'),
    orComment('ticket', request, 'CHG-1042'),
    orComment('deadline', deadline, '2026-12-20'),
    line('table', table),
    'change:',
    `  kind: ${kind}`,
    ...Object.entries(change).flatMap(([key, value]) =>
      answerLines(
        kinds[kind].asks.find((each) => each.key === key),
        key,
        value,
      ).map((each) => `  ${each}`),
    ),
    '',
    '# What a start asks of people; `underpin plan` shows what is open.',
    "# changeWindow: { avoid: ['Mon-Fri 08:00-18:00'], timeZone: UTC }",
    '# checklist:',
    '#   rollbackNote: What a rollback means for people, and who decides.',
    '#   trafficProfile: Peak hours, batch jobs, long queries that could collide.',
    '#   dashboards: [https://grafana.example.com/d/…]',
    "#   notify: ['#oncall']",
    '',
    '# All below may be left out; these are the defaults that a reader asks for first.',
    '# guardrails: { rollback: { errorRate: 0.5%, latencyP95: +10% } }',
    ...(kind === 'add-column' ? [] : ['# reads: { ramp: [1, 5, 25, 100], bake: 10m }']),
    '# confidence: { window: 72h, reconcileEvery: 1h }',
    ...(kind === 'add-column' ? [] : ['# contract: { quarantine: 7d }']),
    '# gates: [read-switch, contract]',
    '',
  ].join('\n');
}

const answerLines = (question: Question | undefined, key: string, value: DraftValue): readonly string[] =>
  (question?.truth || question?.yaml ? `${key}: ${String(value)}` : line(key, value)).split('\n');

const line = (key: string, value: DraftValue): string =>
  stringify({ [key]: value }, { lineWidth: 0, singleQuote: true }).trimEnd();

/** A day is written bare, as people write it; YAML of this version has no type for it. */
const orComment = (key: keyof Answers, value: string | undefined, example: string): string =>
  value === undefined ? `# ${key}: ${example}` : line(key, value);

/** The schema beside the file, else the one of this package, as a path from the file. */
function schemaFrom(file: string): string {
  const folder = resolve(dirname(file));
  if (existsSync(join(folder, 'schema.json'))) return './schema.json';
  const own = dirname(createRequire(import.meta.url).resolve('underpin/package.json'));
  return relative(folder, join(own, 'migrations', 'schema.json'));
}
