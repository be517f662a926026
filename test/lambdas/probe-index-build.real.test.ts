import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { handler } from '../../lambdas/plan-migration.ts';
import { databaseUnderTest, type DatabaseUnderTest } from '../engine/database-under-test.ts';
import { stubHandlerEnvironment } from './handler-environment.ts';

const folder = mkdtempSync(join(tmpdir(), 'underpin-migrations-'));
const migration = (name: string, column: string): void =>
  writeFileSync(
    join(folder, `${name}.yaml`),
    JSON.stringify({
      goal: 'A test',
      table: 'public.users',
      change: { kind: 'rename-column', from: column, to: `${column}_new` },
    }),
  );

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest(`
    CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE, name text)`);
  migration('indexed', 'email');
  migration('plain', 'name');
  stubHandlerEnvironment(db, { UNDERPIN_MIGRATIONS: folder, UNDERPIN_CHECKLIST: 'shown' });
});
afterEach(() => db.api.faults.clear());
afterAll(async () => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
  await db.close();
});

const plan = (name: string) =>
  handler({ migration: name, execution: 'test' }, { getRemainingTimeInMillis: () => 900_000 });

// The service's transactions have none.
const body = z.looseObject({ sql: z.string().default('') });
const refusedWith = (name: string, message: string): void =>
  void db.api.faults.when(({ body: asked }) =>
    body.parse(asked).sql.includes('INDEX CONCURRENTLY')
      ? { when: 'before', error: { status: 400, name, message } }
      : undefined,
  );
const leftBehind = async (): Promise<readonly unknown[]> =>
  (await db.sql.query(`SELECT relname FROM pg_class WHERE relname LIKE 'probe%'`)).rows;
const claimed = async (): Promise<readonly unknown[]> =>
  (await db.sql.query('SELECT name FROM underpin.migration')).rows;

const inTransaction =
  'ERROR: CREATE INDEX CONCURRENTLY cannot run inside a transaction block; SQLState: 25001';

test('a database that refuses to build indexes beside the traffic is refused before anything is claimed', async () => {
  refusedWith('DatabaseErrorException', inTransaction);
  await expect(plan('indexed')).rejects.toMatchObject({
    name: 'PreflightFailed',
    message: expect.stringMatching(/SQLSTATE 25001.*indexed is to build .*by psql/u),
  });
  expect(await claimed()).toEqual([]);
  expect(await leftBehind()).toEqual([]);
});

test('a plan that builds no index does not care', async () => {
  refusedWith('DatabaseErrorException', inTransaction);
  await expect(plan('plain')).resolves.toMatchObject({ heldBy: null });
  await db.sql.query('DELETE FROM underpin.table_claim; DELETE FROM underpin.migration');
});

test('one that waits too long for somebody else was not refused', async () => {
  refusedWith('StatementTimeoutException', 'Request timed out');
  await expect(plan('indexed')).resolves.toMatchObject({ heldBy: null });
  expect(await leftBehind()).toEqual([]);
  await db.sql.query('DELETE FROM underpin.table_claim; DELETE FROM underpin.migration');
});

test('an error for a build that the database has done is not believed', async () => {
  db.api.faults.when(({ body: asked }) =>
    body.parse(asked).sql.includes('INDEX CONCURRENTLY')
      ? {
          when: 'afterCommit',
          error: {
            status: 400,
            name: 'DatabaseErrorException',
            message: 'Database returned SQL Exception; SQLState: XX000',
          },
        }
      : undefined,
  );
  await expect(plan('indexed')).resolves.toMatchObject({ heldBy: null });
  expect(await leftBehind()).toEqual([]);
  await db.sql.query('DELETE FROM underpin.table_claim; DELETE FROM underpin.migration');
});

test('one that can is planned, also after an attempt that was killed, and nothing of the trial stays', async () => {
  await db.sql.query('CREATE TABLE underpin.probe_1_killed (n integer)');
  await expect(plan('indexed')).resolves.toMatchObject({ heldBy: null });
  expect(await leftBehind()).toEqual([]);
});
