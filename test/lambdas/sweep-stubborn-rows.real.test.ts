import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { databaseUnderTest, type DatabaseUnderTest } from '../engine/database-under-test.ts';
import { migrationUnderTest, type MigrationUnderTest } from '../engine/migration-under-test.ts';

let db: DatabaseUnderTest;
let migration: MigrationUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest(`
    CREATE TABLE codes (k int PRIMARY KEY, code text);
    INSERT INTO codes VALUES (0, 'x');`);
  migration = await migrationUnderTest(db.database, 'codes', {
    table: 'public.codes',
    backfill: { stubbornRows: 1500 },
    change: {
      kind: 'change-type',
      column: 'code',
      to: 'number',
      type: 'integer',
      up: 'code::integer',
      down: 'number::text',
    },
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
  for (const [name, value] of Object.entries({
    AWS_ENDPOINT_URL_RDS_DATA: db.api.endpoint,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    UNDERPIN_CLUSTER_ARN: 'arn:aws:rds:eu-central-1:123456789012:cluster:shop',
    UNDERPIN_SECRET_ARN: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:migrator',
    UNDERPIN_DATABASE: new URL(db.url).pathname.slice(1),
    UNDERPIN_MIGRATIONS: 'none',
    UNDERPIN_APPCONFIG_APPLICATION: 'none',
    UNDERPIN_APPCONFIG_ENVIRONMENT: 'none',
    UNDERPIN_APPCONFIG_PROFILE: 'none',
    UNDERPIN_APPCONFIG_FORWARD: 'none',
    UNDERPIN_APPCONFIG_BACK: 'none',
    UNDERPIN_APPCONFIG_MONITOR_ROLE: 'none',
    UNDERPIN_GUARDRAIL_ALARM_ARN: 'none',
    UNDERPIN_GUARDRAIL_ALARM: 'none',
    UNDERPIN_HOLDS_TABLE: 'none',
    UNDERPIN_APPLICATION_NAMESPACE: 'none',
  }))
    vi.stubEnv(name, value);
  const { handler } = await import('../../lambdas/sweep-stubborn-rows.ts');
  const swept = await handler(migration.claim, { getRemainingTimeInMillis: () => 900_000 });
  expect(swept).toEqual({ left: 1 });
  expect(await migration.ledger.stubbornCount('codes')).toBe(1);
});
