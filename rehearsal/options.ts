import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { addressesTaken, engineOfUrl } from '../cli/database/engine-of-url.ts';
import { engines, type Engine } from '../engine/dialects/engine.ts';
import { phaseNames, type PhaseName } from '../engine/plan/plan.ts';

/** Rows of a table that is made for a rehearsal, unless `--rows` says otherwise. */
export const usualRows = 200_000;

export interface RehearsalOptions {
  readonly file: string;
  /** How many rows the table is filled up to; null where nobody said: a made database gets `usualRows`, a copy keeps its own. */
  readonly rows: number | null;
  readonly requestsPerSecond: number;
  readonly approve: boolean;
  readonly reject: GateToReject | null;
  /** Gates wait for the command line in another terminal. */
  readonly holdGates: boolean;
  readonly breach: PhaseName | null;
  readonly killWorker: boolean;
  readonly schema: string | null;
  readonly databaseUrl: string | null;
  readonly engine: Engine;
  readonly timeScale: number | null;
  readonly json: string | null;
  /** The file of the page; its data go beside it. Null: none. */
  readonly report: string | null;
  /** How long the application is measured before anything begins. */
  readonly baselineMs: number;
}

export type GateToReject = 'read-switch' | 'swap' | 'contract';

/** The command line is wrong; the message says what and what instead. */
class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const usage = `Usage: underpin rehearse [FILE] [options]

Runs a whole migration on this machine: a real database, the shipped state machines and handlers, live traffic.
FILE is a migration; without one, the example that Underpin brings is rehearsed.

  --rows N             rows of the table (default 200000; a copy keeps its own)
  --traffic N          live requests per second, 0 for none (default 150)
  --approve            approve every gate instead of asking at the terminal
  --reject GATE        reject read-switch or contract, and roll back
  --hold-gates         wait at every gate for \`underpin approve GATE --rehearsal\` in another terminal
  --breach PHASE       trip a guardrail in a phase, and roll back
  --kill-worker        kill a worker in the middle of the backfill
  --schema DUMP.sql    rehearse on the schema (and data) of a plain SQL dump, or of a script for psql
  --engine ENGINE      postgres (built in, the default) or mysql (the mysqld of this machine, or that of UNDERPIN_MYSQLD)
  --database-url URL   use a copy of a real database, postgresql://… or mysql://…, instead
  --time-scale X       divide the windows of the file by X; by default each is cut to a few seconds
  --json FILE          write the result as JSON
  --report FILE.html   write the report there, and its data to FILE.json; none for no report (default .rehearsal/, the migration's name and the time: each run has its own)
  --help               this text

Exit code: 0 ended as asked, 1 did not, 2 bad input, 130 interrupted.`;

/** Reads the command line; null asks for help. Raises UsageError. */
export function readOptions(words: readonly string[]): RehearsalOptions | null {
  const { values, positionals } = parsed(words);
  if (values.help) return null;
  if (positionals.length > 1) throw new UsageError(`One migration at a time; got ${positionals.length}.`);
  if (values.approve && values.reject !== undefined)
    throw new UsageError('--approve and --reject exclude each other. Leave one of them.');
  if (values['hold-gates'] && (values.approve || values.reject !== undefined))
    throw new UsageError(
      '--hold-gates leaves the answers to another terminal. Leave --approve and --reject out.',
    );
  const databaseUrl = values['database-url'] ?? null;
  const engine = engineAsked(databaseUrl, oneOf('--engine', values.engine, engines));
  const file = positionals[0] ?? exampleFiles[engine];
  return {
    file,
    rows: values.rows === undefined ? null : wholeNumber('--rows', values.rows, 1, 1_000_000_000),
    requestsPerSecond: wholeNumber('--traffic', values.traffic, 0, 100_000),
    approve: values.approve,
    reject: oneOf('--reject', values.reject, ['read-switch', 'swap', 'contract']),
    holdGates: values['hold-gates'],
    breach: oneOf('--breach', values.breach, breachable),
    killWorker: values['kill-worker'],
    schema: values.schema ?? null,
    databaseUrl,
    engine,
    timeScale: values['time-scale'] === undefined ? null : positive('--time-scale', values['time-scale']),
    json: values.json === undefined ? null : writable('--json', values.json),
    report: reportFile(values.report, file, values.json),
    baselineMs: 5000,
  };
}

// From where the command was given, as people name files.
const fromHere = (file: string): string =>
  relative('', fileURLToPath(new URL(`../migrations/${file}`, import.meta.url)));
const exampleFiles: { readonly [E in Engine]: string } = {
  postgres: fromHere('0001-rename-users-email.yaml'),
  mysql: fromHere('mysql/0001-rename-users-email.yaml'),
};
const breachable = phaseNames.filter((phase) => phase !== 'contract');

function parsed(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        rows: { type: 'string' },
        traffic: { type: 'string', default: '150' },
        approve: { type: 'boolean', default: false },
        reject: { type: 'string' },
        'hold-gates': { type: 'boolean', default: false },
        breach: { type: 'string' },
        'kill-worker': { type: 'boolean', default: false },
        schema: { type: 'string' },
        'database-url': { type: 'string' },
        engine: { type: 'string' },
        'time-scale': { type: 'string' },
        json: { type: 'string' },
        report: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** Where the page goes: a folder of ours, which is made when it is needed, unless a file was given. */
function reportFile(given: string | undefined, migration: string, json: string | undefined): string | null {
  if (given === 'none') return null;
  if (given === undefined)
    return join('.rehearsal', `${basename(migration).replace(/\.ya?ml$/u, '')}-${stampOf(new Date())}.html`);
  if (!given.endsWith('.html'))
    throw new UsageError(`--report takes a file that ends with .html, or none; not "${given}".`);
  if (json !== undefined && resolve(json) === resolve(dataFile(given)))
    throw new UsageError(
      `--report and --json would both write "${json}": the data of the report go beside it. Give --json another name.`,
    );
  return writable('--report', given);
}

/** `20261129T015341Z`: sorts by time, and every file system takes it. */
const stampOf = (now: Date): string => `${now.toISOString().slice(0, 19).replaceAll(/[-:]/gu, '')}Z`;

/** The file of a report's data, beside its page. */
export const dataFile = (page: string): string => page.replace(/\.html$/u, '.json');

function wholeNumber(option: string, text: string, least: number, most: number): number {
  const number = Number(text.replaceAll('_', ''));
  if (!Number.isInteger(number) || text.trim() === '' || number < least || number > most)
    throw new UsageError(`${option} takes a whole number from ${least} to ${most}, not "${text}".`);
  return number;
}

function positive(option: string, text: string): number {
  const number = Number(text);
  if (!(number > 0) || !Number.isFinite(number))
    throw new UsageError(`${option} takes a number above 0, not "${text}".`);
  return number;
}

/** That of the address; where there is none, the one that is asked for. */
function engineAsked(databaseUrl: string | null, engine: Engine | null): Engine {
  if (databaseUrl === null) return engine ?? 'postgres';
  const byUrl = engineOfUrl(databaseUrl);
  if (byUrl === undefined) throw new UsageError(addressesTaken);
  if (engine !== null && engine !== byUrl)
    throw new UsageError(`--database-url is not of ${engine}. Leave --engine out.`);
  return byUrl;
}

/** A file is written at the end of the rehearsal; that it cannot be is better known before. */
function writable(option: string, file: string): string {
  const folder = dirname(file);
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory())
    throw new UsageError(`${option} takes a file; "${file}" is a folder.`);
  try {
    accessSync(existsSync(file) ? file : folder, constants.W_OK);
  } catch {
    throw new UsageError(
      `${option} cannot write "${file}": the folder ${folder} is not there or is not yours to write in.`,
    );
  }
  return file;
}

function oneOf<T extends string>(option: string, text: string | undefined, known: readonly T[]): T | null {
  if (text === undefined) return null;
  const found = known.find((each) => each === text);
  if (found === undefined)
    throw new UsageError(`${option} takes one of: ${known.join(', ')}; not "${text}".`);
  return found;
}
