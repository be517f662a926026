import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Client } from 'pg';
import * as z from 'zod';
import { PostgresDatabase } from '../../cli/database/postgres-database.ts';
import { compile } from '../../engine/compile.ts';
import { preflight } from '../../engine/preflight.ts';
import { one, type Database } from '../../engine/database/database.ts';
import { planningDialectOf } from '../../engine/dialects/planning-dialect.ts';
import { installLedger } from '../../engine/ledger/install.ts';
import { Ledger } from '../../engine/ledger/ledger.ts';
import { theBackfill, walkParameters } from '../../engine/ledger/walk-id.ts';
import { phaseOf, type Plan, type Unit } from '../../engine/plan/plan.ts';
import { walkFor } from '../../engine/plan/walk.ts';
import type { Shape } from '../../engine/shapes/shape.ts';
import { parseSpec } from '../../engine/spec/spec.ts';
import { sqlParser } from '../../lambdas/runtime/sql-parser.ts';
import { cutWalk } from '../../lambdas/steps/cut-walk.ts';
import type { Subject } from './subjects.ts';

/** Rows of the hand-written loop's statements, as examples of batch loops have it. */
const loopRows = 10_000;

const passAsWorker = `SET underpin.worker = 'on'`;

/** A connection for each measurement: a rehearsal refuses a database on which somebody else is. */
export async function askOnce<T>(url: string, question: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await question(client);
  } finally {
    await client.end();
  }
}

/** The same heap, the same statistics and no dirty pages before each measurement. */
export async function settle(client: Client, { table }: Subject): Promise<void> {
  await client.query(`VACUUM (FULL, ANALYZE) ${table}`);
  await client.query('CHECKPOINT');
}

/** What measures a copy on a table that is ready for it; the copy gives its rows. */
export type Measure<T> = (copy: () => Promise<number>) => Promise<T>;

/** One UPDATE of the whole table, into a column that is dropped again. */
export async function plainUpdate<T>(client: Client, subject: Subject, measure: Measure<T>): Promise<T> {
  await client.query(`ALTER TABLE ${subject.table} ADD COLUMN bench ${subject.type}`);
  await settle(client, subject);
  const result = await measure(() => updated(client, `UPDATE ${subject.table} SET bench = ${subject.value}`));
  await client.query(`ALTER TABLE ${subject.table} DROP COLUMN bench`);
  return result;
}

/** The same with the migration's triggers on, which let it pass as they let a worker pass. */
export const updateUnderTriggers = <T>(client: Client, subject: Subject, measure: Measure<T>): Promise<T> =>
  underTriggers(client, subject, () =>
    measure(() => updated(client, `UPDATE ${subject.table} SET ${subject.to} = ${subject.value}`)),
  );

/**
 * Batches by key range, each its own transaction, one after the other, with the triggers on: what teams write by hand.
 * `beside`: sessions that take their share of the keys meanwhile.
 */
export const loopUnderTriggers = <T>(
  client: Client,
  subject: Subject,
  measure: Measure<T>,
  beside: readonly Client[] = [],
): Promise<T> =>
  underTriggers(client, subject, async () => {
    const { rows } = await client.query<{ last: string }>(`SELECT max(id) AS last FROM ${subject.table}`);
    const sessions = [client, ...beside];
    for (const each of beside) await each.query(passAsWorker);
    const share = Math.ceil(Number(rows[0]?.last ?? 0) / sessions.length);
    return measure(async () => {
      const loops = sessions.map((each, at) => loop(each, subject, at * share, (at + 1) * share));
      return (await Promise.all(loops)).reduce((sum, done) => sum + done, 0);
    });
  });

async function loop(client: Client, subject: Subject, after: number, last: number): Promise<number> {
  let done = 0;
  for (let from = after; from < last; from += loopRows)
    done += await updated(
      client,
      `UPDATE ${subject.table} SET ${subject.to} = ${subject.value}
       WHERE id > ${from} AND id <= ${Math.min(from + loopRows, last)}`,
    );
  return done;
}

export interface Batches {
  /** Who takes turns; the sessions behind them are others than the client's where they are the Data API's. */
  readonly sessions: readonly [Database, ...Database[]];
  /** Each is sent before the one before has been answered, as workers without rests do. */
  readonly together: boolean;
  readonly rows: number;
}

/** The migration's own batches, each of as many rows, without the rest of a handler. */
export const batchesUnderTriggers = <T>(
  client: Client,
  subject: Subject,
  { sessions, together, rows }: Batches,
  measure: Measure<T>,
): Promise<T> =>
  underTriggers(client, subject, async ({ plan, settings }) => {
    const [database] = sessions;
    await installLedger(database);
    const { migration } = plan;
    const claim = await new Ledger(database).claim({
      migration,
      seen: 0,
      execution: 'bench',
      declaration: '',
      plan,
      settings,
    });
    const { cut, batch: text } = walkFor(plan, 'backfill') ?? {};
    if (cut === undefined || text === undefined) throw new Error(`${migration} has nothing to walk`);
    await cutWalk(database, claim, theBackfill, { cut, shards: 1 });
    const ofBatch = { ...walkParameters(claim, theBackfill), shard: 0, epoch: claim.epoch };
    const parameters = { ...ofBatch, rows, lock_timeout: '200ms' };
    const answer = z.object({ state: z.string(), rows: z.number() });
    const send = (n: number): Promise<z.infer<typeof answer>> =>
      one(sessions[n % sessions.length] ?? database, { text, parameters }, answer);
    return measure(async () => {
      let call = send(0);
      for (let n = 1; ; n += 1) {
        const ahead = together ? send(n) : undefined;
        const told = await call;
        if (told.state !== 'going') {
          // It has nothing left to do, and its snapshot is older than the last batch.
          await ahead;
          return told.rows;
        }
        call = ahead ?? send(n);
      }
    });
  });

interface Planned {
  readonly plan: Plan;
  readonly settings: object;
}

/** The shipped migration's plan for the table as it is; leaves the ledger's schema behind. */
async function planned(client: Client, subject: Subject): Promise<Planned> {
  const database = new PostgresDatabase(client);
  const spec = parseSpec(await readFile(subject.file, 'utf8'), basename(subject.file));
  const planning = { database, parser: await sqlParser() };
  await database.run(planningDialectOf(database).ledgerSchema.create);
  const { source: _, ...settings } = spec;
  return { plan: await compile(spec, await preflight(spec, planning), planning), settings };
}

/** What the application has before it and after, which the traffic has to know. */
export async function shapeOf(client: Client, subject: Subject): Promise<Shape> {
  const { plan } = await planned(client, subject);
  await client.query('DROP SCHEMA underpin CASCADE');
  return plan.shape;
}

async function underTriggers<T>(
  client: Client,
  subject: Subject,
  measure: (of: Planned) => Promise<T>,
): Promise<T> {
  const of = await planned(client, subject);
  const run = async (units: readonly Unit[]): Promise<void> => {
    for (const unit of units)
      for (const statement of unit.kind === 'brief' ? unit.statements : [unit.statement])
        await client.query(statement);
  };
  const phases = (['expand', 'dual-write'] as const).map((phase) => phaseOf(of.plan, phase));
  for (const phase of phases) await run(phase.run);
  await client.query(passAsWorker);
  await settle(client, subject);
  const result = await measure(of);
  for (const { undo } of phases.toReversed()) if (!('irreversible' in undo)) await run(undo);
  await client.query('DROP SCHEMA underpin CASCADE');
  return result;
}

/** Rows per second. */
export async function timed(work: () => Promise<number>): Promise<number> {
  const began = performance.now();
  const rows = await work();
  return rows / ((performance.now() - began) / 1000);
}

const updated = async (client: Client, statement: string): Promise<number> =>
  (await client.query(statement)).rowCount ?? 0;
