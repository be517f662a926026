import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../../engine/database/database.ts';
import { theBackfill } from '../../../engine/ledger/walk-id.ts';
import { storedSettings } from '../../../engine/plan/stored.ts';
import { walkFor } from '../../../engine/plan/walk.ts';
import { restOfWorkers } from '../../../lambdas/steps/rest-of-workers.ts';
import { walkShard } from '../../../lambdas/steps/walk-shard.ts';
import { databaseUnderTest, type DatabaseUnderTest } from '../../engine/database-under-test.ts';
import { migrationUnderTest, toolsOver } from '../../engine/migration-under-test.ts';
import { codeToNumber } from '../../engine/sample-changes.ts';
import { eventually } from '../../eventually.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterAll(() => db.close());

/** A table of codes, ready to be copied by one worker that heeds `throttle`. */
async function copying(
  name: string,
  rows: number,
  {
    throttle = {},
    confidence,
    ...backfill
  }: { throttle?: object; confidence?: object; [key: string]: unknown },
) {
  await db.sql.query(`CREATE TABLE ${name} (k int PRIMARY KEY, code text)`);
  await db.sql.query(`INSERT INTO ${name} SELECT n, n::text FROM generate_series(1, ${rows}) AS n`);
  const migration = await migrationUnderTest(db.database, name, {
    table: `public.${name}`,
    backfill,
    guardrails: { throttle },
    ...(confidence && { confidence }),
    change: codeToNumber,
  });
  await migration.apply('expand', 'dual-write');
  await migration.cut('backfill', 1);
  const record = await migration.ledger.find(name);
  const { batch: work, skip = '', cut = '' } = walkFor(migration.plan, 'backfill') ?? {};
  if (!record || work === undefined) throw new Error('nothing to walk');
  const settings = storedSettings(record);
  return {
    migration,
    settings,
    progress: () => migration.ledger.walks.backfill(name),
    worker: (database: Database = db.database) =>
      walkShard({ work, skip, cut }, { ...migration.claim, walk: theBackfill, shard: 0 }, settings, {
        ...toolsOver(database),
        remainingMs: () => 60_000,
      }),
  };
}

/** How many calls with these words were under way at once, at the most. */
function counting(words: string): { readonly counted: Database; readonly most: () => number } {
  let [now, most] = [0, 0];
  const counted: Database = Object.create(db.database);
  counted.rows = (statement, row) => {
    if (!statement.text.includes(words)) return db.database.rows(statement, row);
    most = Math.max(most, (now += 1));
    return db.database.rows(statement, row).finally(() => (now -= 1));
  };
  return { counted, most: () => most };
}

test('a worker rests for the dead rows that it leaves itself, says so, and goes on when they are gone', async () => {
  const { worker, progress, settings } = await copying('resting', 20_000, {
    throttle: { deadRows: '10%' },
    maxBatchRows: 100,
    dutyCycle: 0.05,
  });
  const running = worker();
  // Autovacuum is off on this server.
  await eventually(async () =>
    expect(await restOfWorkers(settings, 'backfill', db.database)).toMatch(
      /^dead rows of the table: .*so VACUUM it$/u,
    ),
  );
  // Within its next look at the latest.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const { rows: before } = await progress();
  expect(before).toBeLessThan(20_000);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect((await progress()).rows).toBe(before);
  const vacuuming = setInterval(() => void db.sql.query('VACUUM resting'), 500);
  const ended = await running.finally(() => clearInterval(vacuuming));
  expect(ended).toEqual({ done: true });
  expect((await progress()).rows).toBe(20_000);
});

test('a worker that is slowed sends smaller batches, one at a time, and says to which share', async () => {
  const { worker, progress, settings } = await copying('slowed', 60_000, {
    throttle: { blockedSessions: 3 },
    dutyCycle: 1,
    targetBatchTime: '200ms',
  });
  const [holder, ...waiters] = await Promise.all([1, 2, 3, 4].map(() => db.connect()));
  await db.sql.query('CREATE TABLE held (id int)');
  await holder?.query('BEGIN; LOCK held');
  const waiting = waiters.map((each) => each.query('SELECT FROM held'));
  await eventually(async () =>
    expect(await restOfWorkers(settings, 'backfill', db.database)).toBe(
      'slowed to 50 % of the pace: sessions that wait for a lock: 3, limit 3',
    ),
  );
  const { counted, most } = counting('underpin.batch');
  expect(await worker(counted)).toEqual({ done: true });
  expect(most()).toBe(1);
  const { rows, batches } = await progress();
  expect(rows).toBe(60_000);
  expect(batches).toBeGreaterThan(1);
  await holder?.query('ROLLBACK');
  await Promise.all(waiting);
  expect(await restOfWorkers(settings, 'backfill', db.database)).toBeNull();
});

test('the comparisons of the confidence window have a budget of their own, and the others do not', async () => {
  const { migration, settings, worker } = await copying('reconciled', 60_000, {
    dutyCycle: 1,
    maxBatchRows: 1000,
    confidence: { window: '1h', dutyCycle: 0.5 },
  });
  await worker();
  const { check: work, skip = '', cut = '' } = walkFor(migration.plan, 'verify') ?? {};
  if (work === undefined) throw new Error('nothing to compare');
  // The copy has left more, and a comparison makes none.
  const throttle = { ...settings.guardrails.throttle, deadRows: 0.01 };
  const resting = { ...settings, guardrails: { ...settings.guardrails, throttle } };
  await eventually(async () =>
    expect(await restOfWorkers(resting, 'backfill', db.database)).toMatch(/^dead rows of the table: /u),
  );
  expect(await restOfWorkers(resting, 'verify', db.database)).toBeNull();
  const atOnce = async (purpose: 'verify' | 'reconcile'): Promise<number> => {
    const walk = { purpose, n: 1 };
    await migration.cut(walk, 1);
    const { counted, most } = counting('WITH fence');
    const place = { ...migration.claim, walk, shard: 0 };
    const tools = { ...toolsOver(counted), remainingMs: () => 60_000 };
    expect(await walkShard({ work, skip, cut }, place, resting, tools)).toEqual({ done: true });
    return most();
  };
  // Without rests, the next call is sent before the last one is answered.
  expect(await atOnce('verify')).toBe(2);
  expect(await atOnce('reconcile')).toBe(1);
});
