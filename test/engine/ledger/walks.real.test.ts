import { afterAll, beforeAll, expect, test } from 'vitest';
import { theBackfill, type WalkId } from '../../../engine/ledger/walk-id.ts';
import { databaseUnderTest, type DatabaseUnderTest } from '../database-under-test.ts';
import { step } from '../step.ts';
import { migrationUnderTest, type MigrationUnderTest } from '../migration-under-test.ts';

const rows = 500;
const verify: WalkId = { purpose: 'verify', n: 1 };

let db: DatabaseUnderTest;
let migration: MigrationUnderTest;
/** Of the start that compared last. */
let comparedIn = 0;
beforeAll(async () => {
  db = await databaseUnderTest(`CREATE TABLE public.t (id bigint PRIMARY KEY, a text);
    INSERT INTO t SELECT n, 'a' || n FROM generate_series(1, ${rows}) AS n`);
  const change = { kind: 'rename-column', from: 'a', to: 'b' };
  migration = await migrationUnderTest(db.database, 'm', { table: 'public.t', change });
  await migration.apply('expand', 'dual-write');
  await migration.backfill(2);
  await migration.walk('check', verify, 2);
});
afterAll(() => db.close());

test('a new start goes on with the backfill and compares afresh', async () => {
  const next = await migration.fenced();
  const { walks } = next.ledger;
  expect(await walks.progress(next.claim, theBackfill)).toMatchObject({ rows, shards: 2, shardsDone: 2 });
  expect(await walks.find(next.claim, verify)).toBeNull();
  expect(await next.cut(verify, 3)).toHaveLength(3);
  comparedIn = next.claim.epoch;
  expect(await walks.progress(next.claim, verify)).toMatchObject({ rows: 0, shards: 3, shardsDone: 0 });
  expect(await walks.progress(migration.claim, verify)).toMatchObject({ rows, shardsDone: 2 });
  expect((await walks.all('m')).map(({ purpose, start, n }) => [purpose, start, n])).toEqual([
    ['backfill', 0, 1],
    ['verify', migration.claim.epoch, 1],
    ['verify', next.claim.epoch, 1],
  ]);
});

test('what writes is no comparison, and the newest comparison is known to be finished or not', async () => {
  const next = await migration.fenced();
  const { walks } = next.ledger;
  const repair: WalkId = { purpose: 'repair', n: 1 };
  const before = await walks.lastWritten('m');
  await next.walk('batch', repair, 1);
  expect(before !== null && (await walks.lastWritten('m')) !== before).toBe(true);
  expect(await walks.newestComparison('m')).toMatchObject({
    purpose: 'verify',
    start: comparedIn,
    shardsDone: 0,
  });
});

test.each([
  ['batch', 'repair'],
  ['check', 'reconcile'],
] as const)(
  'a walk by %s is timed from its first statement on, however long its worker took to start',
  async (use, purpose) => {
    const next = await migration.fenced();
    const { walks } = next.ledger;
    const seconds = async (): Promise<number> =>
      (await walks.progress(next.claim, { purpose, n: 1 })).seconds;
    const hourAgo = (): Promise<unknown> =>
      db.sql.query(
        `UPDATE underpin.checkpoint SET started_at = started_at - interval '1 hour' WHERE purpose = '${purpose}'`,
      );
    await next.cut({ purpose, n: 1 }, 1);
    await hourAgo();
    expect(await seconds()).toBe(0);
    await step(next, use, { walk: purpose, shard: 0, rows: 100 });
    expect(await seconds()).toBeLessThan(3600);
    await hourAgo();
    await step(next, use, { walk: purpose, shard: 0, rows: 100 });
    expect(await seconds()).toBeGreaterThan(3600);
  },
);
