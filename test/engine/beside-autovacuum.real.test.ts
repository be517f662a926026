import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres } from '../../rehearsal/database/embedded-postgres.ts';
import type { DatabaseServer } from '../../rehearsal/database/server-process.ts';
import { LockNotAcquired } from '../../engine/database/errors.ts';
import { eventually } from '../eventually.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest } from './migration-under-test.ts';
import { awaitedLocks } from '../awaited-locks.ts';

let server: DatabaseServer;
let db: DatabaseUnderTest;
beforeAll(async () => {
  server = await startPostgres({ settings: { autovacuum_naptime: '1s' } });
  const url = await server.createDatabase('vacuumed');
  db = await databaseUnderTest('', Promise.resolve({ url, drop: async () => {} }));
});
afterAll(async () => {
  await db.close();
  await server.stop();
});

const rename = { kind: 'rename-column', from: 'a', to: 'b' };
/** Autovacuum comes at once, and takes minutes. */
const slowly = `autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1`;
const rowsOf = (table: string): string =>
  `INSERT INTO ${table} SELECT n, repeat('x', 500) FROM generate_series(1, 20000) AS n; UPDATE ${table} SET a = 'y'`;

const vacuumed = (table: string): Promise<boolean> =>
  db.sql
    .query(
      `SELECT FROM pg_stat_progress_vacuum WHERE relid = '${table}'::regclass AND datname = current_database()`,
    )
    .then(({ rows }) => rows.length > 0);
const planned = (table: string) =>
  migrationUnderTest(db.database, table.replaceAll('_', '-'), { table: `public.${table}`, change: rename });

test.each([
  {
    table: 'whole',
    vacuum: 'whole',
    made: (name: string) => `CREATE TABLE ${name} (k int PRIMARY KEY, a text) WITH (${slowly})`,
  },
  {
    table: 'parted',
    vacuum: 'parted_1',
    made: (name: string) => `CREATE TABLE ${name} (k int PRIMARY KEY, a text) PARTITION BY RANGE (k);
      CREATE TABLE ${name}_1 PARTITION OF ${name} FOR VALUES FROM (0) TO (100000) WITH (${slowly})`,
  },
])(
  'autovacuum of $vacuum, which would take for hours, makes way for a short lock',
  async ({ table, vacuum, made }) => {
    await db.sql.query(made(table));
    const migration = await planned(table);
    await db.sql.query(rowsOf(table));
    await eventually(async () => expect(await vacuumed(vacuum)).toBe(true));
    // Whoever writes meanwhile waits for nobody longer than for the short lock.
    await migration.applyOnce('expand');
  },
);

test('what does not make way is met by the statement itself, and the table is whole', async () => {
  await db.sql.query('CREATE TABLE held (k int PRIMARY KEY, a text)');
  const migration = await planned('held');
  const person = await db.connect();
  await person.query('BEGIN; LOCK TABLE held IN SHARE UPDATE EXCLUSIVE MODE');
  const refused = expect(migration.applyOnce('expand')).rejects.toThrow(LockNotAcquired);
  const waits = async () =>
    (await db.sql.query(awaitedLocks("mode = 'ShareUpdateExclusiveLock'"))).rows.length;
  await eventually(async () => expect(await waits()).toBe(1));
  // Rows are read and written beside whoever waits in this mode.
  await db.sql.query(`INSERT INTO held VALUES (1, 'x')`);
  expect(await waits()).toBe(1);
  await refused;
  await person.query('COMMIT');
  await migration.applyOnce('expand');
});
