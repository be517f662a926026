import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { databaseUnderTest, type DatabaseUnderTest } from '../engine/database-under-test.ts';
import { migrationUnderTest, type MigrationUnderTest } from '../engine/migration-under-test.ts';
import { stubHandlerEnvironment } from './handler-environment.ts';
import { codeToNumber } from '../engine/sample-changes.ts';

let db: DatabaseUnderTest;
let migration: MigrationUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest(`
    CREATE TABLE codes (k int PRIMARY KEY, code text);
    INSERT INTO codes VALUES (0, 'x');`);
  migration = await migrationUnderTest(db.database, 'codes', {
    table: 'public.codes',
    backfill: { stubbornRows: 1500 },
    change: codeToNumber,
  });
  await migration.apply('expand', 'dual-write');
  // Rows that are gone: each agrees when it is swept.
  await db.sql.query(`INSERT INTO underpin.stubborn_row (migration, key, sqlstate)
    SELECT 'codes', jsonb_build_array(n::text), '22P02' FROM generate_series(1, 1500) AS n`);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await db.close();
});

test('one more than the budget ends the walk, however large the budget is', async () => {
  await expect(migration.walk('batch', 'backfill', 1)).rejects.toThrow('more than 1500 rows refuse');
});

test('all of them are swept, however many they are', async () => {
  stubHandlerEnvironment(db);
  const { handler } = await import('../../lambdas/sweep-stubborn-rows.ts');
  const swept = await handler(migration.claim, { getRemainingTimeInMillis: () => 900_000 });
  expect(swept).toEqual({ left: 1 });
  expect(await migration.ledger.walks.stubbornCount('codes')).toBe(1);
});
