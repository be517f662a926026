import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askHealth } from '../../engine/walk/health.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { eventually } from '../eventually.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest(`
    CREATE TABLE t (id int PRIMARY KEY);
    INSERT INTO t VALUES (1);
    DROP ROLE IF EXISTS health_migrator;
    CREATE ROLE health_migrator LOGIN PASSWORD 'x';`);
});
afterAll(async () => {
  await db.sql.query('DROP ROLE health_migrator');
  await db.close();
});

const asked = {
  throttle: { replicaLagMs: 1000, blockedSessions: 0 },
  table: { schema: 'public', name: 't' },
};
const health = () => askHealth(db.as('health_migrator', 'x'), asked);

test('a role that sees nobody else waiting still counts who waits for a lock, once each', async () => {
  const [holder, waiter] = [await db.connect(), await db.connect()];
  await holder.query('BEGIN; UPDATE t SET id = id');
  const waiting = waiter.query('UPDATE t SET id = id');
  await eventually(async () =>
    expect(await health()).toMatchObject({
      verdict: 'stop',
      reason: 'sessions that wait for a lock: 1, limit 0',
      unreadable: false,
    }),
  );
  await holder.query('ROLLBACK');
  await waiting;
  expect(await health()).toMatchObject({ verdict: 'go' });
});

test("the author's query makes workers rest while it gives a row, and when it cannot be read", async () => {
  const ask = (query: string) => askHealth(db.database, { ...asked, throttle: { ...asked.throttle, query } });
  expect(await ask('SELECT FROM t WHERE id = 2')).toMatchObject({ verdict: 'go' });
  expect(await ask('SELECT FROM t WHERE id = 1 -- busy')).toMatchObject({
    verdict: 'stop',
    reason: 'the query of guardrails.throttle gives a row',
    unreadable: false,
  });
  expect(await ask('SELECT FROM nowhere')).toMatchObject({ verdict: 'stop', unreadable: true });
});

test('sessions that wait in another database do not count', async () => {
  const other = await databaseUnderTest('CREATE TABLE t (id int)');
  const [holder, waiter] = [await other.connect(), await other.connect()];
  await holder.query('BEGIN; LOCK t');
  const waiting = waiter.query('BEGIN; LOCK t');
  await eventually(async () =>
    expect(await askHealth(other.database, asked)).toMatchObject({ verdict: 'stop' }),
  );
  expect(await health()).toMatchObject({ verdict: 'go' });
  await holder.query('ROLLBACK');
  await waiting;
  await other.close();
});

test('replicas whose lag the role may not see count as unreadable', async () => {
  const replica = new Client({ connectionString: `${db.url}?replication=true` });
  await replica.connect();
  expect(await health()).toMatchObject({ verdict: 'stop', unreadable: true });
  expect(await askHealth(db.database, asked)).toMatchObject({ verdict: 'go' });
  await replica.end();
});
