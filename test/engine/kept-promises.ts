import type { Client } from 'pg';
import { phaseOf, livedPhases, type Online, type PhaseName } from '../../engine/plan/plan.ts';
import type { TableName } from '../../engine/spec/table-name.ts';
import type { DatabaseUnderTest } from './database-under-test.ts';
import type { MigrationUnderTest } from './migration-under-test.ts';

/** What a unit did to its table, as the database itself tells it. */
export interface SeenUnit {
  readonly phase: PhaseName;
  readonly does: string;
  /** The strongest lock on the table while it ran, as PostgreSQL names it in a plan. */
  readonly lock: string;
  /** Locks on other tables that are stronger than those of a SELECT. */
  readonly alsoLocks: readonly string[];
  /** How often it read the whole table. */
  readonly scans: number;
  /** Whether the rows were written anew. */
  readonly rewrites: boolean;
}

/**
 * Runs every unit of a plan, each by itself, and reads from pg_locks, the counters and the file nodes what it did. The
 * rows are walked where the plan walks them. Afterwards the migration stands as if it had completed.
 */
export async function seenUnits(
  db: DatabaseUnderTest,
  migration: MigrationUnderTest,
): Promise<readonly SeenUnit[]> {
  const { plan } = migration;
  const seen: SeenUnit[] = [];
  // By its number: a plan may give the table another name, or drop it.
  const table = await numberOf(db.sql, plan.table);
  for (const phase of livedPhases(plan)) {
    for (const unit of phaseOf(plan, phase).run) {
      await settled(db);
      const before = await measured(db, table);
      const locks =
        unit.kind === 'brief'
          ? await ofBrief(db, table, unit.statements)
          : await ofOnline(db, { number: table, name: plan.table }, unit);
      // Once it is dropped nothing is counted of it any more.
      const after = (await measured(db, table)) ?? before;
      if (before === null || after === null) throw new Error(`nothing is counted of ${plan.table.name}`);
      seen.push({
        phase,
        does: unit.does,
        ...locks,
        scans: after.scans - before.scans,
        rewrites: after.node !== before.node,
      });
    }
    if (phase === 'backfill' && plan.walks.length > 0) await migration.backfill();
  }
  return seen;
}

/** What the plan says of the same units; `alsoLocks`: by what a unit does, as its page of docs/changes says. */
export const promisedUnits = (
  { plan }: MigrationUnderTest,
  alsoLocks: Readonly<Record<string, readonly string[]>> = {},
): readonly SeenUnit[] =>
  livedPhases(plan).flatMap((phase) =>
    phaseOf(plan, phase).run.map((unit) => ({
      phase,
      does: unit.does,
      lock: unit.lock,
      alsoLocks: alsoLocks[unit.does] ?? [],
      scans: unit.kind === 'brief' ? 0 : unit.scans,
      rewrites: false,
    })),
  );

/** Whether a unit did more to its table than the plan says. What has no lock may read the catalog's entry of the table. */
export const goesBeyond = (seen: SeenUnit, promised: SeenUnit | undefined): boolean =>
  promised === undefined ||
  rankOf(seen.lock) > rankOf(promised.lock) ||
  seen.scans > promised.scans ||
  seen.rewrites;

type Locks = Pick<SeenUnit, 'lock' | 'alsoLocks'>;

/** In a transaction of its own, whose locks are looked at before it ends. */
async function ofBrief(
  { sql }: DatabaseUnderTest,
  table: number,
  statements: readonly string[],
): Promise<Locks> {
  await sql.query('BEGIN');
  try {
    for (const statement of statements) await sql.query(statement);
    return await locksOf(sql, table, 'pid = pg_backend_pid()');
  } finally {
    await sql.query('COMMIT');
    await sql.query('SELECT pg_stat_force_next_flush()');
  }
}

/** What cannot stand in a transaction waits for a writer; its locks are looked at meanwhile. */
async function ofOnline(
  db: DatabaseUnderTest,
  { number, name }: { readonly number: number; readonly name: TableName },
  unit: Online,
): Promise<Locks> {
  if (!/CONCURRENTLY/u.test(unit.statement)) return ofBrief(db, number, [unit.statement]);
  const [builder, writer] = [await db.connect(), await db.connect()];
  await writer.query('BEGIN');
  await writer.query(`LOCK TABLE ${nameOf(name)} IN ROW EXCLUSIVE MODE`);
  const { rows } = await builder.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const built = builder.query(unit.statement);
  try {
    while (!(await isWaiting(db.sql, rows[0]?.pid ?? 0))) if (await isOver(built)) break;
    return await locksOf(db.sql, number, `pid = ${rows[0]?.pid ?? 0}`);
  } finally {
    await writer.query('COMMIT');
    await built;
    await builder.query('SELECT pg_stat_force_next_flush()');
  }
}

const isOver = (built: Promise<unknown>): Promise<boolean> =>
  Promise.race([
    built.then(() => true),
    new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 20)),
  ]);

async function isWaiting(sql: Client, pid: number): Promise<boolean> {
  const { rows } = await sql.query<{ waits: boolean }>(
    'SELECT EXISTS (SELECT FROM pg_locks WHERE pid = $1 AND NOT granted) AS waits',
    [pid],
  );
  return rows[0]?.waits === true;
}

const nameOf = ({ schema, name }: TableName): string => `"${schema}"."${name}"`;

const strength = [
  'AccessShareLock',
  'RowShareLock',
  'RowExclusiveLock',
  'ShareUpdateExclusiveLock',
  'ShareLock',
  'ShareRowExclusiveLock',
  'ExclusiveLock',
  'AccessExclusiveLock',
];

/** `ShareUpdateExclusiveLock` is `SHARE UPDATE EXCLUSIVE` in SQL. */
const inSql = (mode: string): string =>
  mode
    .replace(/Lock$/u, '')
    .replaceAll(/(?<=.)(?=[A-Z])/gu, ' ')
    .toUpperCase();

const rankOf = (lock: string): number => Math.max(0, strength.map(inSql).indexOf(lock));

async function numberOf(sql: Client, table: TableName): Promise<number> {
  const { rows } = await sql.query<{ oid: number }>('SELECT $1::regclass::oid AS oid', [nameOf(table)]);
  return rows[0]?.oid ?? 0;
}

async function locksOf(sql: Client, table: number, of: string): Promise<Locks> {
  const { rows } = await sql.query<{ name: string; mode: string; ours: boolean }>(
    // A view in the table's place is what everybody waits for; what was dropped in this transaction is in no catalog any more.
    `SELECT l.relation::regclass::text AS name, l.mode, l.relation = $1 OR c.relkind = 'v' OR c.oid IS NULL AS ours
     FROM pg_locks AS l LEFT JOIN pg_class AS c ON c.oid = l.relation
     WHERE ${of} AND l.granted AND l.locktype = 'relation' AND (l.relation = $1 OR c.oid IS NULL OR (c.relkind IN ('r', 'p', 'v')
       AND c.relnamespace::regnamespace::text NOT IN ('pg_catalog', 'underpin')))`,
    [table],
  );
  const strongest = (modes: readonly string[]): string =>
    strength.findLast((mode) => modes.includes(mode)) ?? 'noLock';
  const others = [...new Set(rows.filter(({ ours }) => !ours).map(({ name }) => name))];
  const modeOf = (name: string): string =>
    strongest(rows.filter((row) => row.name === name).map(({ mode }) => mode));
  return {
    lock: inSql(strongest(rows.filter(({ ours }) => ours).map(({ mode }) => mode))),
    alsoLocks: others
      .filter((name) => strength.indexOf(modeOf(name)) > strength.indexOf('RowShareLock'))
      .map((name) => `${name} ${inSql(modeOf(name))}`)
      .toSorted(),
  };
}

/** A session counts its scans at the latest when it ends. */
async function settled({ sql }: DatabaseUnderTest): Promise<void> {
  await sql.query(
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'rds-data-api'`,
  );
  await sql.query('SELECT pg_stat_force_next_flush()');
}

async function measured(
  db: DatabaseUnderTest,
  table: number,
): Promise<{ readonly node: string; readonly scans: number } | null> {
  // A session of its own: counters are seen as they were when a session first asked.
  const looker = await db.connect();
  const { rows } = await looker.query<{ node: string; scans: string }>(
    `SELECT pg_relation_filenode(relid)::text AS node, seq_scan AS scans FROM pg_stat_all_tables WHERE relid = $1`,
    [table],
  );
  const [row] = rows;
  return row === undefined ? null : { node: row.node, scans: Number(row.scans) };
}
