import type { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { databaseUnderTest, sqlState, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest, type MigrationUnderTest } from './migration-under-test.ts';
import { step } from './step.ts';

let db: DatabaseUnderTest;
let application: Client;
let count = 0;
beforeAll(async () => {
  db = await databaseUnderTest();
  application = await db.connect();
});
afterEach(async () => {
  db.api.faults.clear();
  await application.query('ROLLBACK');
});
afterAll(() => db.close());

/** A table of `rows` rows where k = a, under dual write, cut into one shard. */
async function walked(rows: number, extra = ''): Promise<readonly [string, MigrationUnderTest]> {
  const table = `c${(count += 1)}`;
  await db.sql.query(`CREATE TABLE ${table} (k int PRIMARY KEY, a int)`);
  await db.sql.query(`INSERT INTO ${table} SELECT n, n FROM generate_series(1, ${rows}) AS n`);
  const migration = await migrationUnderTest(db.database, table, {
    table: `public.${table}`,
    change: { kind: 'rename-column', from: 'a', to: 'b' },
  });
  await migration.apply('expand', 'dual-write');
  if (extra !== '') await db.sql.query(extra.replaceAll('TABLE_NAME', table));
  await migration.cut('backfill', 1);
  return [table, migration];
}
const batch = (migration: MigrationUnderTest, rows: number) =>
  step(migration, 'batch', { walk: 'backfill', shard: 0, rows });
const backfilled = async (table: string): Promise<readonly number[]> =>
  (await db.sql.query(`SELECT k FROM ${table} WHERE a = b ORDER BY k`)).rows.map(({ k }) => k);
const upTo = (last: number): readonly number[] => Array.from({ length: last }, (_, at) => at + 1);
/** Resolves when some session of this database waits for a lock. */
async function somebodyWaits(sessions = 1): Promise<void> {
  const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  const deadline = performance.now() + 5000;
  while ((await db.sql.query(waiting)).rows.length < sessions)
    if (performance.now() > deadline) throw new Error(`${sessions} sessions were to wait for a lock`);
}

describe('a second copy of a worker', () => {
  test('on the same shard at the same time does other rows, and misses none', async () => {
    const [table, migration] = await walked(100);
    const copies = upTo(4).map(async () => {
      for (let state = 'going'; state === 'going';) ({ state } = await batch(migration, 7));
    });
    await Promise.all(copies);
    expect(await backfilled(table)).toEqual(upTo(100));
    expect(await migration.ledger.walks.backfill(table)).toMatchObject({
      rows: 100,
      changed: 100,
      batches: 15,
    });
  });

  test('that waits while the first one finishes the shard hears so, and not that it was fenced', async () => {
    const [table, migration] = await walked(10);
    await application.query('BEGIN');
    await application.query(`SELECT FROM ${table} WHERE k = 1 FOR UPDATE`);
    const first = batch(migration, 100);
    await somebodyWaits();
    const second = batch(migration, 100);
    await somebodyWaits(2);
    await application.query('ROLLBACK');
    expect(await first).toMatchObject({ state: 'done' });
    expect((await second).state).not.toBe('fenced');
    expect(await batch(migration, 100)).toMatchObject({ state: 'done' });
  });
});

describe('a lost response', () => {
  test('whose statement committed is harmless: the next call goes on', async () => {
    const [table, migration] = await walked(30);
    db.api.faults.dropConnectionAfterCommit(1);
    await batch(migration, 10).catch(() => {});
    for (let state = 'going'; state === 'going';) ({ state } = await batch(migration, 10));
    expect(await backfilled(table)).toEqual(upTo(30));
    expect(await migration.ledger.walks.backfill(table)).toMatchObject({
      rows: 30,
      changed: 30,
      batches: 3,
    });
  });

  test('of a unit of a phase: sent again, by the SDK itself, it does nothing', async () => {
    const [table, migration] = await walked(1);
    const loseAnswersOf = (unit: string): void => {
      const lost = new Set<string>();
      db.api.faults.when(({ body }) => {
        const sql = JSON.stringify(body);
        if (!sql.includes(`'${unit}'`) || lost.has(sql)) return undefined;
        lost.add(sql);
        return { when: 'dropAfterCommit' };
      });
    };
    loseAnswersOf('run-0');
    loseAnswersOf('undo-0');
    await migration.apply('quarantine');
    expect((await db.sql.query(`SELECT * FROM ${table}`)).rows).toEqual([
      { k: 1, underpin_quarantined_a: 1, b: null },
    ]);
    await migration.undo('quarantine');
    expect((await db.sql.query(`SELECT * FROM ${table}`)).rows).toEqual([{ k: 1, a: 1, b: null }]);
  });
});

describe('a stale epoch', () => {
  test('changes nothing, neither rows nor schema', async () => {
    const [table, stale] = await walked(20);
    await batch(stale, 5);
    const current = await stale.fenced();
    expect(await batch(stale, 5)).toEqual({ state: 'fenced', rows: null, changed: null });
    await expect(stale.apply('verify')).rejects.toMatchObject({ name: 'Fenced' });
    await expect(stale.undo('expand')).rejects.toMatchObject({ name: 'Fenced' });
    await stale.ledger.walks.forget(stale.claim);
    await stale.ledger.forget(stale.claim, 'expand');
    expect(await backfilled(table)).toEqual(upTo(5));
    expect(await batch(current, 5)).toMatchObject({ state: 'going', rows: 10 });
  });

  test('that ends while its batch waits for a row ends after that batch, not in its middle', async () => {
    const [table, stale] = await walked(10);
    await application.query('BEGIN');
    await application.query(`SELECT FROM ${table} WHERE k = 3 FOR UPDATE`);
    const running = batch(stale, 5);
    await somebodyWaits();
    const fencing = stale.fenced();
    await somebodyWaits(2);
    await application.query('ROLLBACK');
    expect(await running).toMatchObject({ state: 'going' });
    await fencing;
    expect(await batch(stale, 5)).toMatchObject({ state: 'fenced' });
    expect(await backfilled(table)).toEqual(upTo(5));
  });

  test('that ended while its batch waited for the checkpoint changes nothing', async () => {
    const [table, stale] = await walked(10);
    await application.query('BEGIN');
    await application.query(`UPDATE underpin.migration SET epoch = epoch + 1 WHERE name = '${table}'`);
    await application.query(`UPDATE underpin.checkpoint SET epoch = epoch + 1 WHERE migration = '${table}'`);
    const running = batch(stale, 5);
    await somebodyWaits();
    await application.query('COMMIT');
    expect((await running).state).not.toBe('done');
    expect(await batch(stale, 5)).toMatchObject({ state: 'fenced' });
    expect(await backfilled(table)).toEqual([]);
  });
});

describe('a batch that meets locked rows', () => {
  test('gives up within its lock timeout, without effect', async () => {
    const [table, migration] = await walked(10);
    await application.query('BEGIN');
    await application.query(`UPDATE ${table} SET a = 77 WHERE k = 5`);
    await expect(batch(migration, 10)).rejects.toMatchObject({ name: 'LockNotAcquired' });
    expect(await migration.ledger.walks.backfill(table)).toMatchObject({ rows: 0, batches: 0 });
    await application.query('COMMIT');
    expect(await backfilled(table)).toEqual([5]);
    expect(await batch(migration, 10)).toMatchObject({ state: 'done', changed: 9 });
  });

  test('gives way in a deadlock; the application goes on', async () => {
    const [table, migration] = await walked(10);
    await application.query('BEGIN');
    await application.query(`UPDATE ${table} SET a = 55 WHERE k = 5`);
    const running = batch(migration, 10).catch((error: Error) => error.name);
    await somebodyWaits();
    expect(await sqlState(application.query(`UPDATE ${table} SET a = 11 WHERE k = 1`))).toBe('no error');
    await application.query('COMMIT');
    expect(await running).toBe('LockNotAcquired');
    expect(await migration.backfill()).toMatchObject({ rows: 10 });
    expect((await db.sql.query(`SELECT k FROM ${table} WHERE a IS DISTINCT FROM b`)).rows).toEqual([]);
    expect((await db.sql.query(`SELECT a, b FROM ${table} WHERE k IN (1, 5) ORDER BY k`)).rows).toEqual([
      { a: 11, b: 11 },
      { a: 55, b: 55 },
    ]);
  });

  test('follows the value that the lock’s holder commits, old side or new', async () => {
    const [table, migration] = await walked(10);
    await application.query('BEGIN');
    await application.query(`UPDATE ${table} SET a = 77 WHERE k = 5`);
    await application.query(`UPDATE ${table} SET b = 88 WHERE k = 6`);
    await application.query(`DELETE FROM ${table} WHERE k = 7`);
    const running = batch(migration, 10);
    await somebodyWaits();
    await application.query('COMMIT');
    expect(await running).toMatchObject({ state: 'done' });
    expect((await db.sql.query(`SELECT k, a, b FROM ${table} WHERE k BETWEEN 4 AND 8`)).rows).toEqual(
      [
        [4, 4],
        [5, 77],
        [6, 88],
        [8, 8],
      ].map(([k, a]) => ({ k, a, b: a })),
    );
  });
});

describe('a converted row that changes under the batch', () => {
  test('keeps what was committed last', async () => {
    await db.sql.query(`CREATE TABLE cents (k int PRIMARY KEY, a int)`);
    await db.sql.query(`INSERT INTO cents SELECT n, n FROM generate_series(1, 6) AS n`);
    const change = {
      kind: 'change-type',
      column: 'a',
      to: 'b',
      type: 'numeric(10,4)',
      up: 'a / 100.0',
      down: 'round(b * 100)',
    };
    const migration = await migrationUnderTest(db.database, 'cents', { table: 'public.cents', change });
    await migration.apply('expand', 'dual-write');
    await migration.cut('backfill', 1);
    await application.query('BEGIN');
    await application.query(`UPDATE cents SET a = 700 WHERE k = 2`);
    await application.query(`UPDATE cents SET b = 8.1234 WHERE k = 3`);
    await application.query(`UPDATE cents SET b = 9.1234 WHERE k = 4`);
    await application.query(`UPDATE cents SET a = NULL WHERE k = 5`);
    const running = batch(migration, 10);
    await somebodyWaits();
    await application.query('COMMIT');
    await running;
    const { rows } = await db.sql.query({ text: 'SELECT a, b FROM cents ORDER BY k', rowMode: 'array' });
    expect(rows).toEqual([
      [1, '0.0100'],
      [700, '7.0000'],
      [812, '8.1234'],
      [912, '9.1234'],
      [null, null],
      [6, '0.0600'],
    ]);
    expect(await migration.mismatches()).toBe(0);
  });
});
