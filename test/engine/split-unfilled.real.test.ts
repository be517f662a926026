import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { databaseUnderTest, sqlState, type DatabaseUnderTest } from './database-under-test.ts';
import type { MigrationUnderTest } from './migration-under-test.ts';
import { bothSay, plainOrders, plannedSplit, freshShop, orderSays, unfilledSplit } from './split-orders.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest('CREATE ROLE split_writer');
});
afterAll(async () => {
  await db.sql.query('DROP OWNED BY split_writer; DROP ROLE split_writer');
  await db.close();
});
beforeEach(() => freshShop(db));

const unfilled = (): Promise<MigrationUnderTest> => unfilledSplit(db);
const both = (id: number, says: string): Promise<void> => bothSay(db, id, says);

// Order 53 says n53|app|53, and nothing of it is copied yet.
describe('before the backfill has come, an INSERT into the new table does what it will do afterwards:', () => {
  const cases: readonly (readonly [string, string, number, string])[] = [
    [
      'what the other branch sets counts, and no more',
      `INSERT INTO orders_meta (id, note, channel, rank) VALUES (53, 'x', 'tv', 1) ON CONFLICT (id) DO UPDATE SET note = excluded.note`,
      1,
      'x|app|53',
    ],
    [
      'a NULL that it sets counts too',
      `INSERT INTO orders_meta (id, note, channel) VALUES (53, NULL, 'tv') ON CONFLICT (id) DO UPDATE SET note = excluded.note`,
      1,
      '|app|53',
    ],
    [
      'a column that it sets and the INSERT leaves out gets its default',
      `INSERT INTO orders_meta (id, channel) VALUES (53, 'tv') ON CONFLICT (id) DO UPDATE SET rank = excluded.rank`,
      1,
      'n53|app|7',
    ],
    [
      'a branch that sets nothing of it',
      `INSERT INTO orders_meta (id, note, channel) VALUES (53, 'x', 'tv') ON CONFLICT (id) DO UPDATE SET id = excluded.id`,
      1,
      'n53|app|53',
    ],
    [
      'DO NOTHING',
      `INSERT INTO orders_meta (id, note, channel) VALUES (53, 'x', 'tv') ON CONFLICT DO NOTHING`,
      0,
      'n53|app|53',
    ],
    [
      'DO NOTHING beside an UPDATE of another row',
      `WITH u AS (UPDATE orders_meta SET note = 'x' WHERE id = 60 RETURNING id)
       INSERT INTO orders_meta (id, note, channel) SELECT 53, 'x', 'tv' WHERE (SELECT count(*) FROM u) < 9 ON CONFLICT DO NOTHING`,
      0,
      'n53|app|53',
    ],
  ];
  test.each(cases)('%s', async (_, sql, told, says) => {
    const migration = await unfilled();
    expect((await db.sql.query(sql)).rowCount).toBe(told);
    await both(53, says);
    await migration.backfill();
    await both(53, says);
    expect(await migration.mismatches()).toBe(0);
  });

  test.each([
    ['a plain one', `INSERT INTO orders_meta (id, note, channel) VALUES (53, 'x', 'tv')`],
    [
      'MERGE without an UPDATE',
      `MERGE INTO orders_meta AS m USING (VALUES (53)) AS g (id) ON m.id = g.id WHEN NOT MATCHED THEN INSERT (id, channel) VALUES (g.id, 'tv')`,
    ],
    [
      'one in the place of an UPDATE, in one statement',
      `WITH u AS (UPDATE orders_meta SET note = 'x' WHERE id = 53 RETURNING id)
       INSERT INTO orders_meta (id, note, channel) SELECT 53, 'x', 'tv' WHERE NOT EXISTS (SELECT FROM u)`,
    ],
    ['COPY', `SELECT copied()`],
  ])('%s finds its row (23505), and the old columns stay', async (_, insert) => {
    await unfilled();
    await db.sql.query(`CREATE FUNCTION copied() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
      COPY orders_meta (id, channel) FROM PROGRAM 'printf "53\\ttv\\n"'; END $$`);
    expect(await sqlState(db.sql.query(insert))).toBe('23505');
    expect(await orderSays(db, 53)).toBe('n53|app|53');
  });

  test('each row of a statement is looked at by itself, and a text that was given is kept', async () => {
    const migration = await unfilled();
    // 1 is copied, 50 and 53 are not, and of 60 nothing is said.
    await db.sql.query(`UPDATE orders SET note = 'early' WHERE id = 1;
      INSERT INTO orders_meta (id, note, channel) VALUES (1, 'a', 'tv'), (50, 'b', 'tv'), (60, 'c', 'tv'), (53, 'd', 'tv')
      ON CONFLICT (id) DO UPDATE SET note = excluded.note`);
    await both(1, 'a|app|1');
    await both(50, 'b|app|7');
    await both(60, 'c|tv|7');
    await both(53, 'd|app|53');
    await migration.backfill();
    expect(await migration.mismatches()).toBe(0);
  });

  test("another's trigger that sends a statement which cannot be told stops the backfill, and loses nothing", async () => {
    const migration = await unfilled();
    await db.sql.query(`CREATE FUNCTION counts() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF pg_trigger_depth() = 1 THEN
          INSERT INTO orders_meta AS m (id, note, channel) VALUES (NEW.id + 1, 'x', 'tv')
          ON CONFLICT (id) DO UPDATE SET rank = m.rank + 1;
        END IF;
        RETURN NEW; END $$;
      CREATE TRIGGER counts BEFORE INSERT ON orders_meta FOR EACH ROW EXECUTE FUNCTION counts()`);
    const told: unknown = await migration.backfill().then(
      () => 'done',
      (error: unknown) => error,
    );
    expect(told).toMatchObject({ name: 'TransientDatabaseError', sqlState: '40001' });
    await db.sql.query('DROP TRIGGER counts ON orders_meta');
    await migration.backfill();
    await both(53, 'n53|app|53');
    expect(await migration.mismatches()).toBe(0);
  });

  test("what others' triggers write in between does not change what a statement means", async () => {
    const migration = await unfilled();
    await db.sql.query(`CREATE FUNCTION busy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF pg_trigger_depth() = 1 THEN
          INSERT INTO orders_meta (id, note, channel) VALUES (NEW.id + 1, 'busy', 'tv')
          ON CONFLICT (id) DO UPDATE SET note = excluded.note, channel = excluded.channel, rank = excluded.rank;
          UPDATE orders SET note = 'busy' WHERE id = NEW.id + 2;
        END IF;
        RETURN NEW; END $$;
      CREATE TRIGGER busy BEFORE INSERT ON orders_meta FOR EACH ROW EXECUTE FUNCTION busy();
      INSERT INTO orders_meta (id, note, channel) VALUES (41, 'x', 'tv'), (53, 'y', 'tv') ON CONFLICT (id) DO UPDATE SET note = excluded.note`);
    await both(53, 'y|app|53');
    await both(54, 'busy|tv|7');
    const nothing = `INSERT INTO orders_meta (id, note, channel) VALUES (31, 'x', 'tv'), (37, 'y', 'tv') ON CONFLICT DO NOTHING`;
    expect((await db.sql.query(nothing)).rowCount).toBe(0);
    await both(31, 'n31|app|31');
    await both(37, 'n37|app|37');
    await migration.backfill();
    expect(await migration.mismatches()).toBe(0);
  });

  test("what others' triggers bring in between is no reason to refuse what the old application writes", async () => {
    const migration = await unfilled();
    await db.sql.query(`CREATE FUNCTION busy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        UPDATE orders SET note = 'busy' WHERE id = 59; RETURN NEW; END $$;
      CREATE TRIGGER busy BEFORE INSERT ON orders_meta FOR EACH ROW WHEN (NEW.id = 53) EXECUTE FUNCTION busy();
      UPDATE orders SET note = 'early' WHERE id = 53`);
    await both(53, 'early|app|53');
    await both(59, 'busy|app|59');
    await migration.backfill();
    expect(await migration.mismatches()).toBe(0);
  });

  test('a row that is copied meanwhile is found, whichever snapshot asks', async () => {
    const migration = await unfilled();
    const writer = await db.connect();
    await writer.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM shops');
    await migration.backfill();
    const upsert = (then: string): string =>
      `INSERT INTO orders_meta (id, note, channel) VALUES (53, 'x', 'tv') ON CONFLICT (id) ${then}`;
    expect(await sqlState(writer.query(upsert('DO NOTHING')))).toBe('40001');
    await writer.query('ROLLBACK; BEGIN ISOLATION LEVEL REPEATABLE READ');
    await writer.query(`${upsert('DO UPDATE SET note = excluded.note')}; COMMIT`);
    await both(53, 'x|app|53');
  });

  test('the copy that is under way is waited for', async () => {
    const migration = await unfilled();
    const [holder, writer] = [await db.connect(), await db.connect()];
    // As the worker does: the old row FOR SHARE, then its copy.
    await holder.query(`BEGIN; SET LOCAL underpin.worker = 'on'; SELECT FROM orders WHERE id = 53 FOR SHARE`);
    const sum = writer.query(`INSERT INTO orders_meta (id, channel, rank) VALUES (53, 'tv', 1)
      ON CONFLICT (id) DO UPDATE SET rank = orders_meta.rank + 1`);
    await holder.query(
      `SELECT pg_sleep(0.2); INSERT INTO orders_meta SELECT id, note, channel, rank FROM orders WHERE id = 53; COMMIT`,
    );
    await sum;
    await both(53, 'n53|app|54');
    expect(await migration.mismatches()).toBeGreaterThan(0);
  });

  test('who may write the tables may write them where nobody may run a function', async () => {
    await db.sql.query(`ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; ${plainOrders}
      GRANT USAGE ON SCHEMA public TO split_writer; GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO split_writer`);
    try {
      const migration = await plannedSplit(db);
      await migration.apply('expand', 'dual-write');
      const writer = await db.connect();
      await writer.query(`SET ROLE split_writer; INSERT INTO orders (id, channel) VALUES (900, 'web');
        INSERT INTO orders_meta (id, channel) VALUES (900, 'tv');
        INSERT INTO orders_meta (id, note) VALUES (53, 'x') ON CONFLICT (id) DO UPDATE SET note = excluded.note`);
      await both(900, '|tv|7');
      await both(53, 'x|app|53');
    } finally {
      await db.sql.query('ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC');
    }
  });
});
