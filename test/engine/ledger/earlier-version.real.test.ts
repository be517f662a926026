import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installLedger } from '../../../engine/ledger/install.ts';
import { measureDualWrite } from '../../../lambdas/evidence/measure-changes.ts';
import { databaseUnderTest, sqlState, type DatabaseUnderTest } from '../database-under-test.ts';
import { migrationUnderTest, type MigrationUnderTest } from '../migration-under-test.ts';

let db: DatabaseUnderTest;
let migration: MigrationUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest('CREATE TABLE users (id int PRIMARY KEY, name text)');
  migration = await migrationUnderTest(db.database, 'm', {
    table: 'public.users',
    change: { kind: 'rename-column', from: 'name', to: 'called' },
  });
  await migration.apply('expand', 'dual-write');
  await migration.backfill();
  await migration.mismatches();
});
afterAll(() => db.close());

const columns = async () =>
  (
    await db.sql.query(
      `SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
       WHERE table_schema = 'underpin' ORDER BY table_name, column_name`,
    )
  ).rows;

test('a ledger of an earlier version gets the columns that came since, and its walks are not believed', async () => {
  const asOfNow = await columns();
  // As the first ledger was.
  await db.sql
    .query(`ALTER TABLE underpin.migration DROP COLUMN order_until, DROP COLUMN pace, DROP COLUMN swept_at, DROP COLUMN swept_by;
    ALTER TABLE underpin.checkpoint DROP COLUMN begun_in`);
  await installLedger(db.database);
  expect(await columns()).toEqual(asOfNow);
  const since = { purpose: 'verify', n: 1 } as const;
  const asked = { claim: migration.claim, since };
  const { changed } = await measureDualWrite(migration.plan, asked, db.database);
  expect(changed).toEqual(migration.plan.expects.triggers);
  await migration.walk('check', { ...since, n: 2 });
  const again = { ...asked, since: { ...since, n: 2 } };
  expect((await measureDualWrite(migration.plan, again, db.database)).changed).toEqual([]);
});

const checks = async () =>
  (
    await db.sql.query(
      `SELECT conrelid::regclass::text AS on, conname AS name, pg_get_constraintdef(oid) AS says, convalidated AS valid
       FROM pg_constraint WHERE contype = 'c' AND connamespace = 'underpin'::regnamespace ORDER BY 1, 2`,
    )
  ).rows;

test('its lists of words get those that came since', async () => {
  const asOfNow = await checks();
  expect(asOfNow).toHaveLength(5);
  const shorter = (table: string, column: string, words: string): string =>
    `ALTER TABLE underpin.${table} DROP CONSTRAINT ${table}_${column}_check,
       ADD CONSTRAINT ${table}_${column}_check CHECK (${column} IN (${words}))`;
  await db.sql.query(`${shorter('checkpoint', 'purpose', "'backfill', 'verify', 'repair'")};
    ${shorter('migration', 'standing_order', "'pause'")}; ${shorter('migration', 'status', "'running', 'failed'")}`);
  await expect(migration.cut({ purpose: 'before-contract', n: 1 }, 1)).rejects.toThrow();
  await installLedger(db.database);
  expect(await checks()).toEqual(asOfNow);
  await migration.cut({ purpose: 'before-contract', n: 1 }, 1);
});

test('a ledger that lacks nothing is not locked by a start', async () => {
  const batch = await db.connect();
  await batch.query(
    `BEGIN; SELECT FROM underpin.checkpoint FOR UPDATE; SELECT FROM underpin.migration FOR UPDATE;
     INSERT INTO underpin.event (migration, epoch, what) VALUES ('m', 1, 'tested')`,
  );
  await installLedger(db.database);
  await batch.query('ROLLBACK');
});

describe('while the columns that came since are added', () => {
  const note = `SELECT underpin.note_refused('m', '[1]', '22003')`;
  const lacking = async (): Promise<void> => {
    await db.sql.query('ALTER TABLE underpin.migration DROP COLUMN swept_by');
  };

  test('an application whose other write has noted a row, and stays open, keeps nobody waiting', async () => {
    await lacking();
    const open = await db.connect();
    await open.query(`BEGIN; ${note}`);
    const installing = installLedger(db.database);
    const longest = { ms: 0 };
    const writer = await db.connect();
    for (const until = performance.now() + 3000; performance.now() < until;) {
      const began = performance.now();
      await writer.query(`BEGIN; SELECT FROM underpin.migration; ROLLBACK`);
      longest.ms = Math.max(longest.ms, performance.now() - began);
    }
    await open.query('ROLLBACK');
    await installing;
    expect(longest.ms).toBeLessThan(1000);
    expect(await columns()).toContainEqual(expect.objectContaining({ column_name: 'swept_by' }));
  });

  test('a lock that is not to be had is told as one, and nothing of it stays', async () => {
    await lacking();
    const before = await columns();
    const open = await db.connect();
    await open.query(`BEGIN; ${note}`);
    await expect(installLedger(db.database)).rejects.toMatchObject({ name: 'LockNotAcquired' });
    expect(await columns()).toEqual(before);
    await open.query('ROLLBACK');
    await installLedger(db.database);
  }, 60_000);
});

test('a batch whose checkpoint goes while it writes is not taken for the last one', async () => {
  const range = `SELECT jsonb_build_object('last', '[1]'::jsonb, 'next', null, 'whole', true, 'began', now())`;
  const gone = { migration: 'nobody', purpose: 'backfill', start: 1, n: 1, shard: 0, epoch: 1, rows: 1 };
  const text = `SELECT underpin.batch('{}', $1, $2, 'UPDATE users SET id = id', 'SELECT 1')`;
  expect(await sqlState(db.sql.query(text, [JSON.stringify(gone), range]))).toBe('UP001');
});
