import { installLedger } from '../../engine/ledger/install.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { theBackfill } from '../../engine/ledger/walk-id.ts';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { Ledger } from '../../engine/ledger/ledger.ts';
import type { Order } from '../../engine/ledger/standing-order.ts';
import { storedSettings } from '../../engine/plan/stored.ts';
import { walkShard } from '../../lambdas/steps/walk-shard.ts';
import { databaseUnderTest, type DatabaseUnderTest } from '../engine/database-under-test.ts';
import { migrationUnderTest, toolsOver, type MigrationUnderTest } from '../engine/migration-under-test.ts';

let db: DatabaseUnderTest;
let migration: MigrationUnderTest;
let ledger: Ledger;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterAll(() => db.close());
beforeEach(async () => {
  await db.sql.query(`DROP SCHEMA IF EXISTS underpin CASCADE;
    DROP TABLE IF EXISTS t;
    CREATE TABLE public.t (id bigint PRIMARY KEY, a text);
    INSERT INTO t SELECT n, 'a' || n FROM generate_series(1, 60000) AS n`);
  migration = await migrationUnderTest(db.database, 'm', {
    table: 'public.t',
    change: { kind: 'rename-column', from: 'a', to: 'b' },
    backfill: { maxBatchRows: 100 },
  });
  ({ ledger } = migration);
});

const given = (order: Order, by = 'ann', reason = 'lunch') => ({ migration: 'm', order, by, reason });
const events = async (): Promise<readonly unknown[]> =>
  (await db.sql.query(`SELECT detail FROM underpin.event WHERE what = 'ordered' ORDER BY id`)).rows.map(
    (row: { readonly detail: unknown }) => row.detail,
  );

/** The whole table as one shard, walked as a handler does; whatever it ends with is reported when it is awaited. */
async function worker(): Promise<{
  readonly ended: Promise<unknown>;
  /** Resolves once it has asked again whether it may go on, and been answered. */
  readonly heard: () => Promise<void>;
}> {
  await migration.apply('expand', 'dual-write');
  const [shard = 0] = await migration.cut('backfill', 1);
  const record = await ledger.find('m');
  const { batch: work, skip = '', cut = '' } = migration.plan.walks[0] ?? {};
  if (!record || work === undefined) throw new Error('there is nothing to walk');
  const place = { ...migration.claim, walk: theBackfill, shard };
  const tools = toolsOver(db.database);
  const asked = vi.spyOn(tools.ledger, 'ordersInForce');
  const ended = walkShard({ work, skip, cut }, place, storedSettings(record), tools).catch(
    (error: unknown) => error,
  );
  return {
    ended,
    heard: async () => {
      const before = asked.mock.calls.length;
      while (asked.mock.settledResults.slice(before).every(({ type }) => type === 'incomplete'))
        await sleep(5);
    },
  };
}
const rowsDone = async (): Promise<number> => (await ledger.walks.backfill('m')).rows;

test('no batch commits while the migration is paused, and the rest is copied when it is resumed', async () => {
  const { ended, heard } = await worker();
  while ((await rowsDone()) < 500) await sleep(5);
  await ledger.setOrder(given('pause'));
  await heard();
  const paused = await rowsDone();
  expect(paused).toBeLessThan(60_000);
  await heard();
  await heard();
  expect(await rowsDone()).toBe(paused);
  await ledger.setOrder(given('resume'));
  expect(await ended).toEqual({ done: true });
  expect(await rowsDone()).toBe(60_000);
});

test('a pause ends by itself, and a longer one keeps the first reason', async () => {
  await ledger.setOrder({ ...given('pause'), forSeconds: 1 });
  expect(await ledger.setOrder({ ...given('pause', 'bob', 'a release'), forSeconds: 3 })).toMatchObject({
    was: 'pause',
  });
  const { at = '', until = '' } = (await ledger.order('m')) ?? {};
  expect(await ledger.order('m')).toMatchObject({ by: 'ann', reason: 'lunch' });
  expect(Date.parse(until ?? '') - Date.parse(at)).toBeGreaterThanOrEqual(3000);
  const { ended } = await worker();
  expect(await ended).toEqual({ done: true });
  expect(await ledger.order('m')).toBe(null);
  expect((await ledger.migrations())[0]?.order).toBe(null);
  expect(await ledger.setOrder(given('pause', 'bob'))).toMatchObject({ was: null });
});

test('workers walk at the pace that a person orders, and at the declared one again', async () => {
  const { ended, heard } = await worker();
  const batches = async (): Promise<number> => (await ledger.walks.backfill('m')).batches;
  /** How long the next batches take. */
  const takes = async (count: number): Promise<number> => {
    const from = await batches();
    const began = performance.now();
    while ((await batches()) < from + count) await sleep(5);
    return performance.now() - began;
  };
  const declared = await takes(2);
  await ledger.setOrder({ ...given('pace'), dutyCycle: 0.003 });
  await heard();
  // A rest is over three hundred times what the database worked, and many times what a call takes on its way.
  expect(await takes(2)).toBeGreaterThan(declared * 2);
  expect((await ledger.migrations())[0]?.pace).toMatchObject({
    dutyCycle: 0.003,
    by: 'ann',
    reason: 'lunch',
  });
  await ledger.setOrder({ ...given('pace'), dutyCycle: null });
  expect((await ledger.ordersInForce('m')).pace).toBe(null);
  expect(await ended).toEqual({ done: true });
});

test('a worker hears of an abort within a second, says who ordered it, and is not retried', async () => {
  const { ended } = await worker();
  await ledger.setOrder(given('abort', 'ann', 'wrong table'));
  expect(await ended).toMatchObject({
    name: 'Aborted',
    message: expect.stringMatching(/^aborted by ann \(claimed\) at \S+ \S+ UTC: wrong table$/u),
  });
  expect(await rowsDone()).toBeLessThan(60_000);
});

test('a unit that comes after an abort changes nothing, its undo does', async () => {
  await migration.apply('expand');
  await ledger.setOrder(given('abort'));
  await expect(migration.apply('dual-write')).rejects.toMatchObject({ name: 'Aborted' });
  await migration.undo('expand');
  expect((await ledger.applied('m')).nothing()).toBe(true);
});

test('an order that stands already keeps the first who gave it, and their reason', async () => {
  await ledger.setOrder(given('pause', 'ann', 'a release'));
  expect(await ledger.setOrder(given('pause', 'bob', 'lunch'))).toMatchObject({ was: 'pause' });
  const { rows } = await db.sql.query('SELECT order_by, order_reason FROM underpin.migration');
  expect(rows).toEqual([{ order_by: 'ann', order_reason: 'a release' }]);
  await ledger.setOrder(given('abort', 'bob', 'wrong column'));
  expect((await ledger.migrations())[0]?.order).toMatchObject({ order: 'abort', by: 'bob' });
});

test('of two people who pause at once both are remembered, and the first stands', async () => {
  const answers = await Promise.all([
    ledger.setOrder(given('pause', 'ann')),
    ledger.setOrder(given('pause', 'bob')),
  ]);
  expect(new Set(answers.map(({ was }) => was))).toEqual(new Set([null, 'pause']));
  const said = await events();
  expect(said).toHaveLength(2);
  expect(said[0]).toMatchObject({ by: (await ledger.order('m'))?.by, was: null });
  expect(said[1]).toMatchObject({ was: 'pause' });
});

test('an abort cannot be taken back, and the contract cannot be aborted: it is refused with the remedy', async () => {
  await ledger.setOrder(given('abort'));
  await expect(ledger.setOrder(given('resume'))).rejects.toThrow('too late to resume');
  await db.sql.query(`UPDATE underpin.migration SET standing_order = NULL;
    INSERT INTO underpin.applied (migration, phase, direction, unit) VALUES ('m', 'contract', 'run', 0)`);
  await expect(ledger.setOrder(given('abort'))).rejects.toThrow('there is no way back');
  expect(await ledger.order('m')).toBe(null);
  await expect(ledger.setOrder({ ...given('pause'), migration: 'n' })).rejects.toThrow('no migration "n"');
  await db.sql.query('DROP SCHEMA underpin CASCADE');
  await expect(ledger.setOrder(given('pause'))).rejects.toMatchObject({ name: 'OrderRefused' });
});

test('what rolls back or is over takes no orders, and none stands any more', async () => {
  await ledger.setOrder(given('pause'));
  const claim = await ledger.fence('m', 'test');
  await expect(ledger.setOrder(given('pause'))).rejects.toThrow('being rolled back already');
  await ledger.close(claim, 'rolled-back');
  expect(await ledger.order('m')).toBe(null);
  await expect(ledger.setOrder(given('pause'))).rejects.toThrow('it is rolled-back');
});

test('a new start ends the orders of the past, and says so', async () => {
  await ledger.setOrder(given('pause'));
  const record = await ledger.find('m');
  expect(record?.standing).toMatchObject({ order: 'pause', by: 'ann', reason: 'lunch' });
  await ledger.claim({
    migration: 'm',
    seen: migration.claim.epoch,
    execution: 'next',
    declaration: '',
    plan: migration.plan,
    settings: record?.settings,
  });
  expect((await ledger.find('m'))?.standing).toBe(null);
  const { rows } = await db.sql.query(
    `SELECT detail FROM underpin.event WHERE what = 'claimed' ORDER BY id DESC`,
  );
  expect(rows[0]).toEqual({ detail: { execution: 'next', ended: 'pause' } });
});

test('the ledger is installed again beside a batch that holds its row', async () => {
  const batch = await db.connect();
  await batch.query(`BEGIN; SELECT FROM underpin.migration FOR UPDATE`);
  await Promise.all([installLedger(db.database), installLedger(db.database)]);
  await batch.query('COMMIT');
  expect(await ledger.find('m')).toMatchObject({ status: 'running' });
});
