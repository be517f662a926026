import { afterAll, beforeAll, expect, test } from 'vitest';
import { localDataApi, type LocalDataApi } from './local-data-api.ts';

let local: LocalDataApi;
beforeAll(async () => {
  // One connection: what a call leaves behind, the next one would find.
  local = await localDataApi({ connectionLimit: 1 });
  await local.database.query(
    'CREATE TABLE t (id bigint PRIMARY KEY, v text); INSERT INTO t SELECT generate_series(1, 100)',
  );
});
afterAll(() => local.close());

const first = async (sql: string, transactionId?: string): Promise<unknown> => {
  const { records } = await local.execute(sql, transactionId === undefined ? {} : { transactionId });
  return Object.values(records?.[0]?.[0] ?? {})[0];
};

test('a setting does not outlive its call', async () => {
  const before = await first('SHOW lock_timeout');
  await local.execute(`SET lock_timeout = '123ms'`);
  expect(await first('SHOW lock_timeout')).toBe(before);
});

test('a temporary table and an advisory lock do not outlive their call', async () => {
  await local.execute('CREATE TEMP TABLE scratch (n int)');
  await local.execute('SELECT pg_advisory_lock(1)::text');
  expect(await first(`SELECT to_regclass('scratch')::text IS NULL`)).toBe(true);
  const held = `SELECT count(*) FROM pg_locks JOIN pg_database AS d ON d.oid = database
    WHERE locktype = 'advisory' AND datname = current_database()`;
  expect(await first(held)).toBe(0);
});

test('calls share one backend connection, one after the other', async () => {
  expect(await first('SELECT pg_backend_pid()')).toBe(await first('SELECT pg_backend_pid()'));
});

test('a broken connection is replaced', async () => {
  const before = await first('SELECT pg_backend_pid()');
  await expect(local.execute('SELECT pg_terminate_backend(pg_backend_pid())')).rejects.toMatchObject({
    message: expect.stringContaining('57P01') as unknown,
  });
  const after = await first('SELECT pg_backend_pid()');
  expect(after).not.toBe(before);
});

test('a connection that died while idle is replaced', async () => {
  const pid = await first('SELECT pg_backend_pid()');
  await local.database.query('SELECT pg_terminate_backend($1, 5000)', [pid]);
  // The socket's end may still be on its way: then the call fails as it would on AWS, and the next one has a new connection.
  await first('SELECT 1').catch(() => {});
  expect(await first('SELECT pg_backend_pid()')).not.toBe(pid);
});

test('what must run outside a transaction block runs', async () => {
  await local.execute('CREATE INDEX CONCURRENTLY t_v ON t (v)');
  await local.execute('VACUUM t');
  await local.execute(`CREATE PROCEDURE two_commits() LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO t VALUES (1001); COMMIT;
      INSERT INTO t VALUES (1002); ROLLBACK;
    END $$`);
  await local.execute('CALL two_commits()');
  expect(await first('SELECT count(*) FROM t WHERE id > 1000')).toBe(1);
});

test('a lock timeout set within one DO block holds for that block', async () => {
  await local.database.query('BEGIN; LOCK TABLE t IN ACCESS SHARE MODE');
  const sql = `DO $$ BEGIN
    PERFORM set_config('lock_timeout', '50ms', true);
    EXECUTE 'ALTER TABLE t ADD COLUMN w int';
  END $$`;
  await expect(local.execute(sql)).rejects.toThrow(/SQLState: 55P03$/);
  await local.database.query('ROLLBACK');
  await local.execute(sql);
});

test('a statement cannot leave a transaction open', async () => {
  await expect(local.execute('BEGIN')).rejects.toMatchObject({ name: 'ValidationException' });
  expect(await first('SELECT count(*) FROM t WHERE id = 1')).toBe(1);
});
