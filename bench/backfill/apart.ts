import { setTimeout as sleep } from 'node:timers/promises';
import { RDSDataClient } from '@aws-sdk/client-rds-data';
import type { Client } from 'pg';
import { PostgresDatabase } from '../../cli/database/postgres-database.ts';
import type { Database } from '../../engine/database/database.ts';
import { dialectOf } from '../../engine/dialects/dialects.ts';
import { DataApiDatabase } from '../../lambdas/runtime/data-api-database.ts';
import { startDataApi } from '../../rehearsal/cloud/data-api/data-api.ts';
import { account, placeOf, region } from '../../rehearsal/deployment/services.ts';
import { copyUnderTriggers, loopUnderTriggers, plainCopy } from './by-hand.ts';
import { cpuBetween, parts, readCpu, type Part } from './cpu-time.ts';
import { batchesUnderTriggers } from './own-batches.ts';
import { askOnce, settle, type Measure } from './prepared.ts';
import { machineLine, plain, underTheSame } from './results.ts';
import { chosen, rowsOf, type Section } from './section.ts';
import { tables, type Subject } from './subjects.ts';
import { throughTheWholePath, type Calls } from './whole-path.ts';

/** What one way of copying took for 100,000 rows, in milliseconds. */
interface Apart {
  readonly way: string;
  readonly wallMs: number;
  readonly cpuMs: Readonly<Record<Part, number>>;
  readonly left: Left;
}

/** What a copy leaves behind. */
interface Left {
  /** Sizes as multiples of those before. */
  readonly heap: number;
  readonly indexes: number;
  /** The share of updates that wrote no index (HOT). */
  readonly hot: number;
}

interface Stand {
  readonly url: string;
  readonly folder: string;
  readonly rows: number;
}

const wide = 25_000;
const narrow = 5000;

const usualSubjects = ['rename', 'convert'];

/** Whose processor time each way takes, of one copy by one worker. */
export const apart: Section = async (bench) => {
  const { options, machine, folder } = bench;
  const rows = rowsOf(options, 300_000);
  const ways: (Apart & { readonly subject: string })[] = [];
  for (const subject of chosen({ ...options, only: options.only ?? usualSubjects }, tables))
    await bench.on(subject, rows, async (url) => {
      for await (const way of takenApart(subject, { url, folder, rows })) {
        bench.say(subject.name, way.way, `${Math.round(way.cpuMs.backends)} ms of CPU`);
        ways.push({ subject: subject.name, ...way });
      }
    });
  const heading = `Milliseconds for 100,000 rows; ${machineLine(rows, machine)}`;
  return { results: { machine, rows, ways }, text: `${heading}\n\n${apartTable(ways)}` };
};

/** The ways one after the other, each with one thing more than the one before. */
async function* takenApart(subject: Subject, stand: Stand): AsyncGenerator<Apart> {
  const { url } = stand;
  const by = (way: string, sessions: readonly Database[]): Measure<Apart> =>
    timesOf(way, subject, { url, sessions });
  const byHand = (
    way: string,
    copy: (client: Client, subject: Subject, measure: Measure<Apart>) => Promise<Apart>,
  ): Promise<Apart> =>
    askOnce(url, (client) => copy(client, subject, by(way, [new PostgresDatabase(client)])));
  yield await byHand(plain, plainCopy);
  yield await byHand(underTheSame, copyUnderTriggers);
  yield await byHand('hand-written batches of 10,000, triggers on', loopUnderTriggers);
  for (const rows of [narrow, wide])
    yield await askOnce(url, (client) => {
      const sessions = [new PostgresDatabase(client)] as const;
      const way = `the migration's batches of ${rows.toLocaleString('en-US')} by one session`;
      return batchesUnderTriggers(client, subject, { sessions, together: false, rows }, by(way, sessions));
    });
  for (const together of [false, true])
    yield await askOnce(url, (client) =>
      askOnce(url, (other) => {
        const sessions = [new PostgresDatabase(client), new PostgresDatabase(other)] as const;
        const way = `… ${together ? 'each sent before the last one is answered' : 'by two sessions in turn'}`;
        return batchesUnderTriggers(client, subject, { sessions, together, rows: wide }, by(way, sessions));
      }),
    );
  yield await throughTheDataApi(subject, stand);
  yield* wholePath(subject, stand);
}

/** `sessions`: those that write. */
const timesOf =
  (
    way: string,
    { table }: Subject,
    { url, sessions }: { readonly url: string; readonly sessions: readonly Database[] },
  ): Measure<Apart> =>
  async (copy) => {
    const sizes = await sizesOf(url, table);
    const before = readCpu();
    const began = performance.now();
    const rows = await copy();
    const wallMs = performance.now() - began;
    const cpuMs = cpuBetween(before, readCpu());
    // An idle session keeps for ten seconds what it has counted.
    for (const session of sessions) await session.run({ text: 'SELECT 1 FROM pg_stat_force_next_flush()' });
    return perHundredThousand(
      { way, wallMs, cpuMs, left: await leftSince(sizes, rows, () => sizesOf(url, table)) },
      rows,
    );
  };

function perHundredThousand({ wallMs, cpuMs, ...of }: Apart, rows: number): Apart {
  const share = 100_000 / rows;
  const [backends = 0, server = 0, cloud = 0, handlers = 0, application = 0] = parts.map(
    (part) => cpuMs[part] * share,
  );
  return { ...of, wallMs: wallMs * share, cpuMs: { backends, server, cloud, handlers, application } };
}

interface Sizes {
  readonly heap: number;
  readonly indexes: number;
  readonly updates: number;
  readonly hot: number;
}

const sizesOf = (url: string, table: string): Promise<Sizes> =>
  askOnce(url, async (client) => {
    const { rows } = await client.query<Sizes>(
      `SELECT pg_relation_size(relid)::float8 AS heap, pg_indexes_size(relid)::float8 AS indexes,
              n_tup_upd::float8 AS updates, n_tup_hot_upd::float8 AS hot
       FROM pg_stat_user_tables WHERE relid = $1::regclass`,
      [table],
    );
    if (rows[0] === undefined) throw new Error(`no statistics of ${table}`);
    return rows[0];
  });

/** Waits until all sessions have told what they wrote. */
async function leftSince(before: Sizes, rows: number, look: () => Promise<Sizes>): Promise<Left> {
  let after = await look();
  while (after.updates - before.updates < rows) {
    await sleep(50);
    after = await look();
  }
  return {
    heap: after.heap / before.heap,
    indexes: after.indexes / before.indexes,
    hot: (after.hot - before.hot) / (after.updates - before.updates),
  };
}

async function throughTheDataApi(subject: Subject, { url }: Stand): Promise<Apart> {
  const resourceArn = `arn:aws:rds:${region}:${account}:cluster:bench`;
  const secretArn = `arn:aws:secretsmanager:${region}:${account}:secret:bench`;
  const api = await startDataApi({ databases: new Map([[resourceArn, { url, secretArns: [secretArn] }]]) });
  const client = new RDSDataClient(placeOf(api));
  const target = {
    dialect: dialectOf('postgres'),
    resourceArn,
    secretArn,
    database: new URL(url).pathname.slice(1),
  };
  const database = new DataApiDatabase(client, target);
  const way = '… through the Data API';
  try {
    return await askOnce(url, (session) =>
      batchesUnderTriggers(
        session,
        subject,
        { sessions: [database], together: false, rows: wide },
        timesOf(way, subject, { url, sessions: [database] }),
      ),
    );
  } finally {
    client.destroy();
    await api.close();
  }
}

/** The copy by one worker, and the comparison of all rows that follows it. */
async function* wholePath(subject: Subject, { url, folder, rows }: Stand): AsyncGenerator<Apart> {
  await askOnce(url, (client) => settle(client, subject));
  const look = (): Promise<Sizes> => sizesOf(url, subject.table);
  const sizes = await look();
  const watched: Calls = new Map();
  const course = { url, folder, rows, workers: 1, traffic: 0, baselineMs: 0, dutyCycle: 1 };
  await throughTheWholePath(subject, { ...course, watched });
  const left = await leftSince(sizes, rows, look);
  const during = (way: string, called: string): Apart => {
    const { from, to } = watched.get(called) ?? {};
    if (from === undefined || to === undefined) throw new Error(`${called} was not seen`);
    const times = { wallMs: to.ms - from.ms, cpuMs: cpuBetween(from.cpu, to.cpu) };
    return perHundredThousand({ way, ...times, left }, rows);
  };
  yield during('the whole path, 1 worker', 'BackfillShard');
  yield during('its comparison of all rows', 'VerifyShard');
}

/** A table for people. */
const apartTable = (all: readonly (Apart & { readonly subject: string })[]): string =>
  [
    '| change | way | wall | backends | beside the same, triggers on | rest of PostgreSQL | cloud | handlers | heap | indexes | HOT |',
    '|---|---|---|---|---|---|---|---|---|---|---|',
    ...all.map(({ subject, way, wallMs, cpuMs, left }) => {
      const under = all.find((each) => each.subject === subject && each.way === underTheSame);
      const beside = cpuMs.backends / (under?.cpuMs.backends ?? Number.NaN);
      const shown = parts.filter((part) => part !== 'application').map((part) => cpuMs[part]);
      const [wall, backends, ...others] = [wallMs, ...shown].map(Math.round);
      const sizes = [left.heap.toFixed(2), left.indexes.toFixed(2), `${Math.round(left.hot * 100)} %`];
      return `| ${[subject, way, wall, backends, beside.toFixed(2), ...others, ...sizes].join(' | ')} |`;
    }),
  ].join('\n');
