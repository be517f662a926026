import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { one } from '../../engine/database/database.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest, type MigrationUnderTest } from './migration-under-test.ts';
import { step } from './step.ts';
import { codeToNumber } from './sample-changes.ts';

let db: DatabaseUnderTest;
let application: Client;
let migration: MigrationUnderTest;
let count = 0;
beforeAll(async () => {
  db = await databaseUnderTest('CREATE ROLE refused_application LOGIN PASSWORD $$x$$');
  application = await db.connect({ user: 'refused_application', password: 'x' });
});
afterAll(async () => {
  await db.sql.query('DROP OWNED BY refused_application; DROP ROLE refused_application');
  await db.close();
});

beforeEach(async () => {
  await db.sql.query(`DROP TABLE IF EXISTS codes; CREATE TABLE codes (k int PRIMARY KEY, code text);
    INSERT INTO codes SELECT n, n FROM generate_series(1, 100) AS n;
    GRANT SELECT, INSERT, UPDATE, DELETE ON codes TO refused_application`);
  migration = await migrationUnderTest(db.database, `codes-${(count += 1)}`, {
    table: 'public.codes',
    change: codeToNumber,
  });
  await migration.apply('expand', 'dual-write');
  await migration.backfill();
});

const noted = async (): Promise<readonly (readonly unknown[])[]> =>
  (await migration.ledger.walks.stubbornRows(migration.plan.migration)).map(({ key, sqlstate }) => [
    Number(JSON.parse(key)[0]),
    sqlstate,
  ]);
const sweep = (key: number) =>
  one(
    db.database,
    {
      text: migration.plan.walks[0]?.sweep ?? '',
      parameters: { ...migration.claim, key: JSON.stringify([String(key)]), lock_timeout: '10s' },
    },
    z.object({ changed: z.number() }),
  );

describe('a row whose data refuses the change', () => {
  test('is noted where it is written, by a role without any right on the ledger', async () => {
    await application.query(
      `UPDATE codes SET code = 'x' WHERE k = 1; INSERT INTO codes VALUES (200, '9999999999')`,
    );
    expect(await noted()).toEqual([
      [1, '22P02'],
      [200, '22003'],
    ]);
    await application.query(`BEGIN; UPDATE codes SET code = 'x' WHERE k = 2; ROLLBACK`);
    expect(await noted()).toHaveLength(2);
    await application.query(`UPDATE codes SET code = '1' WHERE k = 1; DELETE FROM codes WHERE k = 200`);
    for (const key of [1, 200]) await sweep(key);
    expect(await noted()).toEqual([]);
  });

  test('is known although it moves past one comparison of every row', async () => {
    const [shard = 0] = await migration.cut('verify', 1);
    await step(migration, 'check', { walk: 'verify', shard, rows: 50 });
    // From behind the place of the comparison to before it.
    await application.query(`UPDATE codes SET k = -1, code = 'x' WHERE k = 100`);
    let last = await step(migration, 'check', { walk: 'verify', shard, rows: 50 });
    while (last.state === 'going') last = await step(migration, 'check', { walk: 'verify', shard, rows: 50 });
    expect(last).toMatchObject({ state: 'done', changed: 0 });
    expect(await noted()).toEqual([[-1, '22P02']]);
  });

  test('stays noted when it is written while somebody sweeps it', async () => {
    await application.query(`UPDATE codes SET code = 'x' WHERE k = 5`);
    await application.query(`UPDATE codes SET code = '5' WHERE k = 5`);
    await application.query(`BEGIN; UPDATE codes SET code = 'y' WHERE k = 5`);
    const sweeping = sweep(5);
    await waitsForLock();
    await application.query('COMMIT');
    expect(await sweeping).toEqual({ changed: 0 });
    expect(await noted()).toEqual([[5, '22P02']]);
  });

  test('holds nobody up while its writer has not committed, least of all a rollback', async () => {
    await application.query(`BEGIN; UPDATE codes SET code = 'x' WHERE k = 5`);
    const next = await migration.fenced();
    expect(next.claim.epoch).toBe(migration.claim.epoch + 1);
    await application.query('ROLLBACK');
  });

  test('is not noted any more when the migration has ended and its triggers stand', async () => {
    await db.sql.query(`UPDATE underpin.migration SET status = 'rolled-back' WHERE name = $1`, [
      migration.plan.migration,
    ]);
    await application.query(`UPDATE codes SET code = 'x' WHERE k = 5`);
    expect(await noted()).toEqual([]);
  });

  test('is noted where a new column cannot be filled', async () => {
    await db.sql.query('DROP TABLE codes; CREATE TABLE codes (k int PRIMARY KEY, code text)');
    migration = await migrationUnderTest(db.database, `codes-${(count += 1)}`, {
      table: 'public.codes',
      change: { kind: 'add-column', column: 'number', type: 'integer', backfill: 'code::integer' },
    });
    await migration.apply('expand', 'dual-write');
    await db.sql.query(`INSERT INTO codes VALUES (1, '1'), (2, 'x')`);
    expect(await noted()).toEqual([[2, '22P02']]);
  });
});

async function waitsForLock(): Promise<void> {
  const { sql } = db;
  const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  while ((await sql.query(waiting)).rowCount === 0) await sleep(20);
}
