import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Client } from 'pg';
import { PostgresDatabase } from '../../cli/database/postgres-database.ts';
import { compile, preflight } from '../../engine/compile.ts';
import { planningDialectOf } from '../../engine/dialects/planning-dialect.ts';
import { phaseOf, type Plan, type Unit } from '../../engine/plan/plan.ts';
import type { Shape } from '../../engine/shapes/shape.ts';
import { parseSpec } from '../../engine/spec/spec.ts';
import { sqlParser } from '../../lambdas/runtime/sql-parser.ts';
import type { Subject } from './subjects.ts';

/** Rows of the hand-written loop's statements, as examples of batch loops have it. */
const loopRows = 10_000;

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

/** Batches by key range, each its own transaction, one after the other, with the triggers on: what teams write by hand. */
export const loopUnderTriggers = <T>(client: Client, subject: Subject, measure: Measure<T>): Promise<T> =>
  underTriggers(client, subject, async () => {
    const { rows } = await client.query<{ last: string }>(`SELECT max(id) AS last FROM ${subject.table}`);
    const last = Number(rows[0]?.last ?? 0);
    return measure(async () => {
      let done = 0;
      for (let from = 0; from < last; from += loopRows)
        done += await updated(
          client,
          `UPDATE ${subject.table} SET ${subject.to} = ${subject.value} WHERE id > ${from} AND id <= ${from + loopRows}`,
        );
      return done;
    });
  });

/** The shipped migration's plan for the table as it is; leaves the ledger's schema behind. */
async function planned(client: Client, subject: Subject): Promise<Plan> {
  const database = new PostgresDatabase(client);
  const spec = parseSpec(await readFile(subject.file, 'utf8'), basename(subject.file));
  const planning = { database, parser: await sqlParser() };
  await database.run(planningDialectOf(database).ledgerSchema.create);
  return compile(spec, await preflight(spec, planning), planning);
}

/** What the application has before it and after, which the traffic has to know. */
export async function shapeOf(client: Client, subject: Subject): Promise<Shape> {
  const { shape } = await planned(client, subject);
  await client.query('DROP SCHEMA underpin CASCADE');
  return shape;
}

async function underTriggers<T>(client: Client, subject: Subject, measure: () => Promise<T>): Promise<T> {
  const plan = await planned(client, subject);
  const run = async (units: readonly Unit[]): Promise<void> => {
    for (const unit of units)
      for (const statement of unit.kind === 'brief' ? unit.statements : [unit.statement])
        await client.query(statement);
  };
  const phases = (['expand', 'dual-write'] as const).map((phase) => phaseOf(plan, phase));
  for (const phase of phases) await run(phase.run);
  await client.query(`SET underpin.worker = 'on'`);
  await settle(client, subject);
  const result = await measure();
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
