import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest } from './migration-under-test.ts';
import { step } from './step.ts';

// A snapshot knows what was when it was taken: its ledger stands at an older epoch than the workers that still run.

describe('workers of a database that was restored from an older snapshot', () => {
  let db: DatabaseUnderTest;
  beforeAll(async () => {
    db = await databaseUnderTest(
      'CREATE TABLE users (id int PRIMARY KEY, email text); INSERT INTO users SELECT n, n FROM generate_series(1, 9) AS n',
    );
  });
  afterAll(() => db.close());

  test('that began after it was taken have no epoch that the next start gets', async () => {
    const migration = await migrationUnderTest(db.database, 'restored-again', {
      table: 'public.users',
      change: { kind: 'add-index', name: 'users_by_email', index: '(email)' },
    });
    const { ledger, plan, claim } = migration;
    // The ledger as the backup has it: older than the starts that it knows nothing of.
    await db.sql.query(`UPDATE underpin.migration SET epoch = 1 WHERE name = 'restored-again'`);
    const entry = { migration: claim.migration, seen: 1, execution: 'next', declaration: '', plan };
    const next = await ledger.claim({ ...entry, settings: {} });
    expect(next.epoch).toBeGreaterThanOrEqual(claim.epoch);
    expect(claim.epoch).toBeGreaterThan(1_700_000_000);
  });

  test('that began after it was taken change nothing, and the next start goes on', async () => {
    const migration = await migrationUnderTest(db.database, 'restored', {
      table: 'public.users',
      change: { kind: 'rename-column', from: 'email', to: 'address' },
    });
    await migration.apply('expand', 'dual-write');
    const [shard = 0] = await migration.cut('backfill', 1);
    // What the snapshot never saw: two more starts.
    const later = migration.under({ ...migration.claim, epoch: migration.claim.epoch + 2 });
    expect(await step(later, 'batch', { walk: 'backfill', shard, rows: 3 })).toMatchObject({
      state: 'fenced',
    });
    await expect(later.apply('read-switch')).rejects.toMatchObject({ name: 'Fenced' });
    const { rows } = await db.sql.query('SELECT id FROM users WHERE address IS NOT NULL');
    expect(rows).toEqual([]);
    const next = await migration.fenced();
    expect((await next.backfill(1)).rows).toBe(9);
    expect(await next.mismatches(1)).toBe(0);
  });
});
