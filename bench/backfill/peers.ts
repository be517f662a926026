import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { askOnce, settle, type Measure } from './prepared.ts';
import type { Options } from './section.ts';
import type { Peers, Subject } from './subjects.ts';

/** Another tool that makes the same column; measured from the call of its program to its end. */
export interface Peer {
  readonly way: string;
  readonly measure: <T>(at: At, measure: Measure<T>) => Promise<T>;
}

interface At {
  readonly url: string;
  readonly folder: string;
  readonly subject: Subject;
  readonly asked: Peers;
}

/** The tools whose programs were given, on a table that they take. */
export const peersFor = ({ pgroll, pgOsc }: Options): readonly Peer[] => [
  ...(pgroll === undefined ? [] : pgrollBatches.map((rows) => pgrollBy(pgroll, rows))),
  ...(pgOsc === undefined ? [] : [pgOscBy(pgOsc)]),
];

/** What each of them is measured to be, as it comes; one that fails is told, and the others go on. */
export async function* measuredPeers<T>(
  peers: readonly Peer[],
  at: Omit<At, 'asked'>,
  measureOf: (way: string) => Measure<T>,
  failed: (way: string, said: string) => void,
): AsyncGenerator<readonly [way: string, T]> {
  const { peers: asked } = at.subject;
  if (asked === undefined) return;
  for (const { way, measure } of peers)
    try {
      yield [way, await measure({ ...at, asked }, measureOf(way))];
    } catch (error) {
      failed(way, error instanceof Error ? error.message : String(error));
    }
}

// Its default, and what our batches have.
const pgrollBatches = [1000, 10_000];

const pgrollBy = (program: string, batchRows: number): Peer => ({
  way: `pgroll, batches of ${batchRows.toLocaleString('en-US')}`,
  measure: async ({ url, folder, subject, asked }, measure) => {
    const at = ['--postgres-url', `${url}?sslmode=disable`];
    const file = join(folder, `bench_${subject.table}.json`);
    const { column, type, up, down } = asked;
    const operation = { alter_column: { table: subject.table, column, type, up, down } };
    await writeFile(file, JSON.stringify({ operations: [operation] }));
    await call(program, ['init', ...at]);
    await call(program, ['baseline', 'as_it_is', folder, '--yes', ...at]);
    await askOnce(url, (client) => settle(client, subject));
    const words = ['start', file, '--backfill-batch-size', String(batchRows), ...at];
    try {
      const result = await measure(() => rowsAfter(url, subject, words, program));
      await verified(url, subject, `_pgroll_new_${column}`);
      await call(program, ['rollback', ...at]);
      return result;
    } finally {
      await askOnce(url, (client) => client.query('DROP SCHEMA pgroll CASCADE'));
    }
  },
});

/** It copies the table as a whole, and exchanges both. */
const pgOscBy = (program: string): Peer => ({
  way: 'pg-osc',
  measure: async ({ url, folder, subject, asked }, measure) => {
    const { hostname, port, username, password, pathname } = new URL(url);
    const { table } = subject;
    const columns = await askOnce(url, async (client) => {
      const { rows } = await client.query<{ names: string }>(
        `SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS names FROM pg_attribute
         WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped`,
        [table],
      );
      await settle(client, subject);
      return rows[0]?.names ?? '';
    });
    const copy = join(folder, `bench_${table}.sql`);
    await writeFile(
      copy,
      `INSERT INTO %{shadow_table} (${columns}, ${asked.to}) SELECT ${columns}, ${asked.up} FROM ONLY ${table}`,
    );
    const change = `ALTER TABLE ${table} ADD COLUMN ${asked.to} ${asked.type}`;
    const place = ['--host', hostname, '--port', port, '--username', username, '--dbname', pathname.slice(1)];
    const words = ['perform', '--drop', '--alter-statement', change, '--copy-statement', copy, ...place];
    try {
      const result = await measure(() => rowsAfter(url, subject, words, program, { PGPASSWORD: password }));
      await verified(url, subject, asked.to);
      return result;
    } finally {
      await askOnce(url, (client) => client.query(`ALTER TABLE ${table} DROP COLUMN IF EXISTS ${asked.to}`));
    }
  },
});

async function rowsAfter(
  url: string,
  { table }: Subject,
  words: readonly string[],
  program: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<number> {
  await call(program, words, environment);
  // What the planner was told is near enough, and asks nothing of the table.
  return askOnce(url, async (client) => {
    const { rows } = await client.query<{ rows: number }>(
      'SELECT reltuples::float8 AS rows FROM pg_class WHERE oid = $1::regclass',
      [table],
    );
    return Math.round(rows[0]?.rows ?? 0);
  });
}

// pg-osc fills the new column of the rows that it copies, and not of those that are written meanwhile.
const leastFilled = 0.9;

/** A tool may say that it succeeded and have done nothing. */
const verified = (url: string, { table }: Subject, column: string): Promise<void> =>
  askOnce(url, async (client) => {
    const { rows } = await client.query<{ all: string; filled: string }>(
      `SELECT count(*) AS all, count(${column}) AS filled FROM ${table}`,
    );
    const [{ all, filled } = { all: '', filled: '' }] = rows;
    if (Number(filled) < leastFilled * Number(all))
      throw new Error(`only ${filled} of ${all} rows were copied`);
  });

/** Fails with what the program said at its end, and without the command: it has the database's password. */
const call = (
  program: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<void> =>
  new Promise((resolve, reject) => {
    const env = { ...process.env, ...environment };
    execFile(program, words, { env, maxBuffer: 1e8 }, (error, stdout, stderr) => {
      if (error === null) return resolve();
      const last = stripVTControlCharacters(stderr || stdout)
        .trim()
        .split('\n')
        .at(-1);
      reject(new Error(last || `${basename(program)} failed without a word`));
    });
  });
