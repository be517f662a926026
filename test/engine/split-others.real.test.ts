import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { phaseOf } from '../../engine/plan/plan.ts';
import { databaseUnderTest, sqlState, type DatabaseUnderTest } from './database-under-test.ts';
import { LockNotAcquired } from '../../engine/database/errors.ts';
import { migrationUnderTest } from './migration-under-test.ts';
import { namingWokenTriggers } from '../../lambdas/steps/woken-triggers.ts';
import {
  bothSay,
  filledSplit,
  freshShop,
  orderSays,
  plainOrders,
  splitOf,
  unfilledSplit,
} from './split-orders.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterAll(() => db.close());
beforeEach(() => freshShop(db));

const both = (id: number, says: string): Promise<void> => bothSay(db, id, says);

describe('the two tables say the same', () => {
  test("where another's trigger lets one order say nothing while the half of another is taken away", async () => {
    const migration = await filledSplit(db);
    await db.sql.query(`CREATE FUNCTION follow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        UPDATE orders SET note = NULL, channel = 'web', rank = 7 WHERE id = NEW.id + 1; RETURN NULL; END $$;
      CREATE TRIGGER follow AFTER UPDATE ON orders FOR EACH ROW WHEN (NEW.id = 1 AND NEW.note IS NULL) EXECUTE FUNCTION follow()`);
    await db.sql.query('DELETE FROM orders_meta WHERE id = 1');
    await both(1, '|web|7');
    await both(2, '|web|7');
    expect(await migration.mismatches()).toBe(0);
  });

  const keeps = 'NEW.note := coalesce(OLD.note, NEW.note)';
  test.each([
    ['an UPDATE', keeps, `UPDATE orders_meta SET note = 'y', rank = 3 WHERE id = 1`, 'n1|app|3'],
    ['an UPDATE of that alone', keeps, `UPDATE orders_meta SET note = 'y' WHERE id = 1`, 'n1|app|1'],
    ['a DELETE', keeps, 'DELETE FROM orders_meta WHERE id = 1', 'n1|web|7'],
    ['a DELETE of all', 'NEW := OLD', 'DELETE FROM orders_meta WHERE id = 1', 'n1|app|1'],
    ['a new key', keeps, `UPDATE orders_meta SET id = 60 WHERE id = 1`, 'n1|web|7'],
    ['TRUNCATE', 'NEW := OLD', 'TRUNCATE orders_meta', 'n1|app|1'],
  ])(
    "where another's BEFORE trigger on the old table does not let %s through",
    async (_, keep, sql, says) => {
      const migration = await filledSplit(db);
      await db.sql
        .query(`CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${keep}; RETURN NEW; END $$;
      CREATE TRIGGER keep BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION keep()`);
      await db.sql.query(sql);
      await both(1, says);
      expect(await migration.mismatches()).toBe(0);
    },
  );

  test('where the new table is emptied by a snapshot that is older than what was said', async () => {
    const migration = await filledSplit(db);
    const writer = await db.connect();
    await writer.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM shops');
    await db.sql.query(`INSERT INTO orders (id, note, channel) VALUES (500, 'late', 'tv')`);
    expect(await sqlState(writer.query('TRUNCATE orders_meta'))).toBe('40001');
    await writer.query('ROLLBACK');
    await both(500, 'late|tv|7');
    await writer.query('BEGIN; TRUNCATE orders_meta; COMMIT');
    await both(500, '|web|7');
    expect(await migration.mismatches()).toBe(0);
  });

  test.each(['TRUNCATE orders CASCADE', 'TRUNCATE orders_meta, orders', 'TRUNCATE shops CASCADE'])(
    'where both are emptied by such a snapshot, which loses nothing: %s',
    async (sql) => {
      const migration = await filledSplit(db);
      await db.sql.query('ALTER TABLE orders ADD COLUMN shop int REFERENCES shops');
      const writer = await db.connect();
      await writer.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM shops');
      await db.sql.query(`INSERT INTO orders (id, note, channel) VALUES (500, 'late', 'tv')`);
      await writer.query(`${sql}; COMMIT`);
      await both(500, 'none');
      const { rows } = await db.sql.query('SELECT FROM orders UNION ALL SELECT FROM orders_meta');
      expect(rows).toEqual([]);
      await db.sql.query(`INSERT INTO orders (id, note, channel) VALUES (501, 'after', 'tv')`);
      await both(501, 'after|tv|7');
      expect(await migration.mismatches()).toBe(0);
    },
  );
});

test("another's trigger on the new table that upserts what cannot be followed is named, and nothing is lost", async () => {
  const migration = await unfilledSplit(db);
  const { plan, database } = migration;
  await migration.apply('backfill');
  await db.sql.query(`CREATE FUNCTION follow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO orders_meta (id, note, channel) VALUES (NEW.id + 1, 'by trigger', 'tv')
      ON CONFLICT (id) DO UPDATE SET note = concat(orders_meta.note, '+'); RETURN NEW; END $$;
    CREATE TRIGGER follow BEFORE INSERT ON orders_meta FOR EACH ROW WHEN (NEW.id = 1) EXECUTE FUNCTION follow()`);
  const backfill = (): Promise<unknown> =>
    namingWokenTriggers(plan, { database }, () => migration.backfill());
  await expect(backfill()).rejects.toThrow(
    /^the database refused to write rows: SQLSTATE 40001, from a trigger of others on public\.orders_meta \(follow\)/u,
  );
  expect(await orderSays(db, 2)).toBe('n2|app|2');
  await db.sql.query('DROP TRIGGER follow ON orders_meta');
  await backfill();
  await both(2, 'n2|app|2');
  expect(await migration.mismatches()).toBe(0);
});

test('whoever writes both tables while the new one is dropped is not ended by a deadlock, however patient the migration is', async () => {
  await db.sql.query(plainOrders);
  const migration = await migrationUnderTest(db.database, 'patient-drop', {
    ...splitOf(),
    lockTimeout: '5s',
  });
  await migration.apply('expand');
  const writer = await db.connect();
  await writer.query('BEGIN; UPDATE orders SET amount = 1 WHERE id = 1');
  const dropped = migration.undo('expand');
  // Later than the server's look for a deadlock on behalf of whoever waits first.
  await setTimeout(1300);
  const half = writer.query(`INSERT INTO orders_meta (id, channel) VALUES (1, 'tv')`);
  expect(await sqlState(half)).toBe('no error');
  await writer.query('COMMIT');
  await dropped;
  const { rows } = await db.sql.query(
    `SELECT amount, to_regclass('orders_meta') AS meta FROM orders WHERE id = 1`,
  );
  expect(rows).toEqual([{ amount: 1, meta: null }]);
});

test('whoever writes while the old columns are hidden is not ended by a deadlock, however patient the migration is', async () => {
  await db.sql.query(plainOrders);
  const patient = { ...splitOf(), lockTimeout: '5s' };
  const migration = await migrationUnderTest(db.database, 'patient-split', patient);
  await migration.apply('expand', 'dual-write');
  const [newer, older] = [await db.connect(), await db.connect()];
  await newer.query(`BEGIN; INSERT INTO orders_meta (id, channel) VALUES (60, 'tv')`);
  await older.query('BEGIN; UPDATE orders SET amount = 1 WHERE id = 1');
  const hidden = migration.applyOnce('quarantine').catch((error: Error) => error);
  await setTimeout(100);
  const said = older.query(`UPDATE orders SET note = 'said' WHERE id = 1`);
  await setTimeout(50);
  await newer.query('COMMIT');
  expect(await sqlState(said)).toBe('no error');
  await older.query('COMMIT');
  // It gives way, unless all of this took less than its patience.
  expect([undefined, LockNotAcquired]).toContain((await hidden)?.constructor);
  const { rows } = await db.sql.query('SELECT note FROM orders_meta WHERE id = 1');
  expect(rows).toEqual([{ note: 'said' }]);
});

test('nothing that is said between the calls of the contract is lost, and nobody is refused', async () => {
  const migration = await filledSplit(db);
  await migration.apply('verify', 'read-switch', 'confidence', 'quarantine');
  const { run } = phaseOf(migration.plan, 'contract');
  for (const [at, unit] of run.entries()) {
    if (unit.kind !== 'brief') throw new Error('a contract of two tables is all brief');
    await db.sql.query(unit.statements.join(';\n'));
    const id = at + 4;
    await db.sql.query(`UPDATE orders_meta SET note = 'after ${at}', channel = 'tv' WHERE id = ${id};
      UPDATE orders SET id = id + 1000 WHERE id = ${id};
      INSERT INTO orders (id) VALUES (${id + 2000}); INSERT INTO orders_meta (id, note, channel) VALUES (${id + 2000}, 'b${at}', 'tv');
      UPDATE orders_meta SET note = 'c${at}' WHERE id = ${id + 2000}; UPDATE orders SET amount = 5 WHERE id = ${id + 2000}`);
    const { rows } = await db.sql.query(
      'SELECT id::int, note, channel FROM orders_meta WHERE id > 1000 AND id % 1000 = $1 ORDER BY id',
      [id],
    );
    expect(rows).toEqual([
      { id: id + 1000, note: `after ${at}`, channel: 'tv' },
      { id: id + 2000, note: `c${at}`, channel: 'tv' },
    ]);
  }
  expect(run.length).toBeGreaterThan(1);
});
