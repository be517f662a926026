import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Database } from '../../../engine/database/database.ts';
import { theBackfill } from '../../../engine/ledger/walk-id.ts';
import { walkFor } from '../../../engine/plan/walk.ts';
import { storedSettings } from '../../../engine/plan/stored.ts';
import { walkShard } from '../../../lambdas/steps/walk-shard.ts';
import { databaseUnderTest, type DatabaseUnderTest } from '../../engine/database-under-test.ts';
import { migrationUnderTest, toolsOver } from '../../engine/migration-under-test.ts';
import { codeToNumber } from '../../engine/sample-changes.ts';
import { awaitedLocks } from '../../awaited-locks.ts';

const published = vi.hoisted((): { RowsWalked?: number }[] => []);
vi.mock('../../../lambdas/runtime/metrics.ts', () => ({
  publish: (_: string, measured: { RowsWalked?: number }) => published.push(measured),
}));

const rows = 3000;
let db: DatabaseUnderTest;
let count = 0;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterEach(() => {
  db.api.faults.clear();
  published.length = 0;
});
afterAll(() => db.close());

/** A migration of a table of 3,000 codes, of which those of `refused` are no numbers, ready to be copied by one worker. */
async function copying(settings: object, refused = 'false') {
  const name = `calls${(count += 1)}`;
  await db.sql.query(`CREATE TABLE ${name} (k int PRIMARY KEY, code text)`);
  await db.sql.query(
    `INSERT INTO ${name} SELECT n, CASE WHEN ${refused} THEN 'x' ELSE n::text END FROM generate_series(1, ${rows}) AS n`,
  );
  const migration = await migrationUnderTest(db.database, name, {
    table: `public.${name}`,
    backfill: { maxBatchRows: 100, ...settings },
    change: codeToNumber,
  });
  await migration.apply('expand', 'dual-write');
  await migration.cut('backfill', 1);
  const record = await migration.ledger.find(name);
  const { batch: work, skip = '', cut = '' } = walkFor(migration.plan, 'backfill') ?? {};
  if (!record || work === undefined) throw new Error('nothing to walk');
  const place = { ...migration.claim, walk: theBackfill, shard: 0 };
  return {
    migration,
    name,
    worker: (database: Database = db.database, remainingMs = () => 60_000) =>
      walkShard({ work, skip, cut }, place, storedSettings(record), { ...toolsOver(database), remainingMs }),
  };
}

/** How many calls of a batch were under way at once, at the most. */
function counting(database: Database): { readonly counted: Database; readonly most: () => number } {
  let now = 0;
  let most = 0;
  const counted: Database = Object.create(database);
  counted.rows = async (statement, row) => {
    if (!statement.text.includes('WITH fence')) return database.rows(statement, row);
    now += 1;
    most = Math.max(most, now);
    return database.rows(statement, row).finally(() => (now -= 1));
  };
  return { counted, most: () => most };
}

const filled = async (table: string): Promise<number> =>
  (await db.sql.query(`SELECT FROM ${table} WHERE number::text = code`)).rows.length;
const told = (): number => published.reduce((sum, { RowsWalked = 0 }) => sum + RowsWalked, 0);

describe('a worker that need not rest', () => {
  test('sends the next batch before the last one’s answer is here, and each row is written once', async () => {
    const { worker, migration, name } = await copying({ dutyCycle: 1 });
    const { counted, most } = counting(db.database);
    expect(await worker(counted)).toEqual({ done: true });
    expect(most()).toBe(2);
    expect(await filled(name)).toBe(rows);
    expect(await migration.ledger.walks.backfill(name)).toMatchObject({ rows, changed: rows, batches: 30 });
    expect(told()).toBe(rows);
  });

  test('misses nothing and writes nothing twice when answers are lost', async () => {
    const { worker, migration, name } = await copying({ dutyCycle: 1 });
    let calls = 0;
    db.api.faults.when(({ body }) =>
      JSON.stringify(body).includes('WITH fence') && (calls += 1) % 3 === 0
        ? { when: 'dropAfterCommit' }
        : undefined,
    );
    expect(await worker()).toEqual({ done: true });
    expect(calls).toBeGreaterThan(30);
    expect(await migration.ledger.walks.backfill(name)).toMatchObject({ rows, changed: rows, batches: 30 });
    expect(told()).toBe(rows);
  });

  test('finds each row that refuses, and no other', async () => {
    const { worker, migration, name } = await copying({ dutyCycle: 1 }, 'n IN (1, 2, 1700, 3000)');
    expect(await worker()).toEqual({ done: true });
    expect((await migration.ledger.walks.stubbornRows(name)).map(({ key }) => key)).toEqual([
      '["1"]',
      '["1700"]',
      '["2"]',
      '["3000"]',
    ]);
    expect(await filled(name)).toBe(rows - 4);
    expect(await migration.ledger.walks.backfill(name)).toMatchObject({ rows, changed: rows });
  });

  test('shares a shard with a copy of itself and with invocations that ran out of time', async () => {
    const { worker, migration, name } = await copying({ dutyCycle: 1 });
    const hurried = async (): Promise<void> => {
      for (let done = false, at = 0; !done; at += 1) {
        if (at > 200) throw new Error('it never ends');
        let statements = 0;
        ({ done } = await worker(db.database, () => ((statements += 1) <= 3 ? 60_000 : 0)));
      }
    };
    await Promise.all([worker(), hurried()]);
    expect(await filled(name)).toBe(rows);
    expect(await migration.ledger.walks.backfill(name)).toMatchObject({ rows, changed: rows, batches: 30 });
  });

  test('stops with the epoch, and leaves no call behind', async () => {
    const { worker, migration, name } = await copying({ dutyCycle: 1 });
    let fencing: Promise<unknown> | undefined;
    let sent = 0;
    let underWay = 0;
    const watched: Database = Object.create(db.database);
    watched.rows = async (statement, row) => {
      underWay += 1;
      if ((sent += 1) === 12) fencing = migration.fenced();
      return db.database.rows(statement, row).finally(() => (underWay -= 1));
    };
    await expect(worker(watched)).rejects.toMatchObject({ name: 'Fenced' });
    await fencing;
    expect(underWay).toBe(0);
    const { rows: passed } = await migration.ledger.walks.backfill(name);
    expect(await filled(name)).toBe(passed);
  });
});

test('a worker that rests sends one batch at a time', async () => {
  const { worker } = await copying({ dutyCycle: 0.9 });
  const { counted, most } = counting(db.database);
  expect(await worker(counted)).toEqual({ done: true });
  expect(most()).toBe(1);
});

test('a call that waits for the one before it is no session that waits for a lock', async () => {
  const { worker, name } = await copying({ dutyCycle: 1 });
  const holder = await db.connect();
  await holder.query('BEGIN');
  await holder.query(`SELECT FROM underpin.checkpoint WHERE migration = '${name}' FOR UPDATE`);
  const running = worker();
  const waiting = awaitedLocks();
  await vi.waitUntil(async () => (await db.sql.query(waiting)).rows.length > 0, { timeout: 20_000 });
  const health = await db.database.dialect.look.health(db.database, {
    throttle: { replicaLagMs: 1000, blockedSessions: 5 },
    table: { schema: 'public', name },
  });
  await holder.query('ROLLBACK');
  expect(health).toMatchObject({ blockedSessions: 0 });
  expect(await running).toEqual({ done: true });
});
