import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startPostgres } from '../../rehearsal/database/embedded-postgres.ts';
import type { DatabaseServer } from '../../rehearsal/database/server-process.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest } from './migration-under-test.ts';
import { step } from './step.ts';

const rows = 400;
let server: DatabaseServer;
let db: DatabaseUnderTest;
beforeAll(async () => {
  // What is not written at its commit stays unwritten for long enough to be lost.
  server = await startPostgres({ settings: { wal_writer_delay: '10s', autovacuum: 'off' } });
});
afterEach(() => db.close());
afterAll(() => server.stop());

async function copying(database: string) {
  const url = await server.createDatabase(database);
  db = await databaseUnderTest('', Promise.resolve({ url, drop: async () => {} }));
  // It goes with the server.
  db.sql.on('error', () => {});
  await db.sql.query(`CREATE TABLE crashed (k int PRIMARY KEY, a int);
    INSERT INTO crashed SELECT n, n FROM generate_series(1, ${rows}) AS n`);
  const migration = await migrationUnderTest(db.database, database, {
    table: 'public.crashed',
    change: { kind: 'rename-column', from: 'a', to: 'b' },
  });
  await migration.apply('expand', 'dual-write');
  await migration.cut('backfill', 1);
  return { migration, batch: () => step(migration, 'batch', { walk: 'backfill', shard: 0, rows: 40 }) };
}

async function crash(): Promise<number> {
  await server.restart('SIGKILL', 0);
  const sql = await db.connect();
  return (await sql.query('SELECT FROM crashed WHERE a = b')).rows.length;
}

test('a server that dies loses batches with their checkpoints, or keeps both', async () => {
  const { migration, batch } = await copying('lost');
  for (let n = 0; n < 5; n += 1) expect(await batch()).toMatchObject({ state: 'going' });
  const kept = await crash();
  expect(await migration.ledger.walks.backfill('lost')).toMatchObject({ rows: kept, changed: kept });
  expect(await migration.backfill(1)).toMatchObject({ rows, changed: rows, shardsDone: 1 });
  expect(await migration.mismatches(1)).toBe(0);
});

test('what a finished shard said stays true when the server dies at once', async () => {
  const { migration, batch } = await copying('finished');
  for (let state = 'going'; state === 'going';) ({ state } = await batch());
  expect(await crash()).toBe(rows);
  expect(await migration.ledger.walks.backfill('finished')).toMatchObject({ rows, shardsDone: 1 });
});
