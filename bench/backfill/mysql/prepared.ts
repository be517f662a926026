import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Connection, ResultSetHeader } from 'mysql2/promise';
import { MysqlDatabase } from '../../../cli/database/mysql-database.ts';
import { compile } from '../../../engine/compile.ts';
import { installLedger } from '../../../engine/ledger/install.ts';
import { phaseOf, type PhaseName, type Plan, type Unit } from '../../../engine/plan/plan.ts';
import { preflight } from '../../../engine/preflight.ts';
import { parseSpec } from '../../../engine/spec/spec.ts';
import { sqlParser } from '../../../lambdas/runtime/sql-parser.ts';
import { rehearsalConnection } from '../../../rehearsal/data/mysql/connection.ts';
import type { MysqlSubject } from './subjects.ts';

/** A connection for each measurement: a rehearsal refuses a database on which somebody else is. */
export async function onceConnected<T>(
  url: string,
  question: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await rehearsalConnection(url, 'underpin-bench');
  try {
    return await question(connection);
  } finally {
    await connection.end();
  }
}

/** Runs statements that a semicolon parts, one after the other; none of them holds one. */
export async function runAll(connection: Connection, statements: string): Promise<void> {
  for (const statement of statements.split(';').filter((each) => each.trim() !== ''))
    await connection.query(statement);
}

/** The rows that a statement has written. */
export async function written(connection: Connection, statement: string): Promise<number> {
  const [{ affectedRows }] = await connection.query<ResultSetHeader>(statement);
  return affectedRows;
}

/** The same table file, the same statistics, no dirty page of it and no old binary log before each measurement. */
export const settle = (connection: Connection, { table }: MysqlSubject): Promise<void> =>
  runAll(
    connection,
    `ALTER TABLE ${table} FORCE; ANALYZE TABLE ${table}; FLUSH TABLES ${table} FOR EXPORT; UNLOCK TABLES;
     FLUSH BINARY LOGS; PURGE BINARY LOGS BEFORE NOW()`,
  );

/** The ledger lies in a database of its own. */
export const forgetLedger = (connection: Connection): Promise<void> =>
  runAll(connection, 'DROP DATABASE IF EXISTS underpin');

interface Planned {
  readonly migration: string;
  readonly plan: Plan;
}

/** The migration's plan for the table as it is; leaves the ledger behind. */
async function planned(connection: Connection, { file }: MysqlSubject): Promise<Planned> {
  const database = new MysqlDatabase(connection);
  const spec = parseSpec(await readFile(file, 'utf8'), basename(file));
  const planning = { database, parser: await sqlParser() };
  const subject = await preflight(spec, planning);
  await installLedger(database);
  return { migration: spec.name, plan: await compile(spec, subject, planning) };
}

/** With the migration's dual write installed. */
export async function underTriggers<T>(
  connection: Connection,
  subject: MysqlSubject,
  work: () => Promise<T>,
): Promise<T> {
  const of = await planned(connection, subject);
  const phases = (['expand', 'dual-write'] as const).map((name) => ({ name, ...phaseOf(of.plan, name) }));
  for (const { name, run } of phases) {
    await runUnits(connection, run);
    await markApplied(connection, of.migration, name, run.length);
  }
  await settle(connection, subject);
  const result = await work();
  for (const { undo } of phases.toReversed()) if (!('irreversible' in undo)) await runUnits(connection, undo);
  await forgetLedger(connection);
  return result;
}

/** As the migration runs them, without its handlers. */
async function runUnits(connection: Connection, units: readonly Unit[]): Promise<void> {
  for (const unit of units) {
    // Triggers and functions run under the mode that they were made under.
    if (unit.kind === 'online') await connection.query(`SET SESSION sql_mode = ''`);
    for (const statement of unit.kind === 'brief' ? unit.statements : [unit.statement])
      await connection.query(statement);
    await connection.query('SET SESSION sql_mode = DEFAULT');
  }
}

/** The way back drops what the ledger knows to be the migration's. */
async function markApplied(
  connection: Connection,
  migration: string,
  phase: PhaseName,
  units: number,
): Promise<void> {
  for (let unit = 0; unit < units; unit += 1)
    await connection.query(
      `INSERT INTO underpin.applied (migration, phase, direction, unit) VALUES (?, ?, 'run', ?)`,
      [migration, phase, unit],
    );
}
