import { readFile } from 'node:fs/promises';
import { Client } from 'pg';
import { parseDocument, type Document } from 'yaml';
import { PostgresDatabase } from '../../cli/database/postgres-database.ts';
import { compile } from '../../engine/compile.ts';
import { preflight } from '../../engine/preflight.ts';
import { planningDialectOf } from '../../engine/dialects/planning-dialect.ts';
import { phaseOf, type Plan, type Unit } from '../../engine/plan/plan.ts';
import type { Shape } from '../../engine/shapes/shape.ts';
import { parseSpec } from '../../engine/spec/spec.ts';
import { sqlParser } from '../../lambdas/runtime/sql-parser.ts';
import type { Subject } from './subjects.ts';

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
export async function settle(client: Client, subject: Subject): Promise<void> {
  if (subject.prepare !== undefined) await client.query(subject.prepare);
  await rewrite(client, subject);
}

async function rewrite(client: Client, { table }: Subject): Promise<void> {
  await client.query(`VACUUM (FULL, ANALYZE) ${table}`);
  await client.query('CHECKPOINT');
}

/** What measures a copy on a table that is ready for it; the copy gives its rows. */
export type Measure<T> = (copy: () => Promise<number>) => Promise<T>;

/** What the bench's own settings are passed to a statement by: the triggers let it pass as they let a worker pass. */
export const passAsWorker = `SET underpin.worker = 'on'`;

export const migrationFile = ({ name }: Subject): string => `0900-bench-${name}.yaml`;

/** The shipped migration, on the subject's table. */
export async function migrationOf({ file, table, by }: Subject): Promise<Document> {
  const document = parseDocument(await readFile(file, 'utf8'));
  document.set('table', `public.${table}`);
  if (by !== undefined) document.setIn(['backfill', 'by'], by);
  return document;
}

export interface Planned {
  readonly plan: Plan;
  readonly settings: object;
}

/** The migration's plan for the table as it is; leaves the ledger's schema behind. */
async function planned(client: Client, subject: Subject): Promise<Planned> {
  const database = new PostgresDatabase(client);
  const spec = parseSpec((await migrationOf(subject)).toString(), migrationFile(subject));
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

/** With the migration's dual write installed. */
export async function underTriggers<T>(
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
  // Rows as they were before there were triggers.
  if (subject.prepare !== undefined) await client.query(subject.prepare);
  for (const phase of phases) await run(phase.run);
  await client.query(passAsWorker);
  await rewrite(client, subject);
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
