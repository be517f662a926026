import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { databaseUnderTest, sqlState, type DatabaseUnderTest } from './database-under-test.ts';
import { bothSay, freshShop, orderSays, unfilledSplit } from './split-orders.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterAll(() => db.close());
beforeEach(() => freshShop(db));

const insert = `INSERT INTO orders_meta (id, note, channel, rank) VALUES (53, 'x', 'tv', 1)`;
const upsert = (then: string): string => `${insert} ON CONFLICT (id) DO UPDATE SET ${then}`;

// Order 53 says n53|app|53, and nothing of it is copied yet.
describe('before the backfill has come, a branch of which the text does not say what it sets is refused, and nothing is lost:', () => {
  const refused: readonly (readonly [string, string, string])[] = [
    ['one that computes', upsert('rank = orders_meta.rank + 1'), 'n53|app|54'],
    [
      'one that computes beside others',
      upsert('note = excluded.note, rank = orders_meta.rank + 1'),
      'x|app|54',
    ],
    ['a sum of what is inserted', upsert('rank = excluded.rank + orders_meta.rank'), 'n53|app|54'],
    ['one with a WHERE', upsert(`note = excluded.note WHERE orders_meta.rank < 5`), 'n53|app|53'],
    ['another value', upsert(`note = 'other'`), 'other|app|53'],
    ['another column', upsert('note = excluded.channel'), 'tv|app|53'],
    ['a default', upsert('note = DEFAULT'), '|app|53'],
    ['a row of values', upsert('(note, rank) = (excluded.note, 5)'), 'x|app|5'],
    [
      'a plain one that is only written about',
      `${insert.replace('x', 'ON CONFLICT (id) DO UPDATE SET note = excluded.note')} ON CONFLICT (id) DO UPDATE SET note = 'other'`,
      'other|app|53',
    ],
    [
      'MERGE',
      `MERGE INTO orders_meta AS m USING (VALUES (53, 'x')) AS g (id, note) ON m.id = g.id
       WHEN NOT MATCHED THEN INSERT (id, note, channel) VALUES (g.id, g.note, 'tv') WHEN MATCHED THEN UPDATE SET note = g.note || '!'`,
      'x!|app|53',
    ],
    [
      'MERGE beside a plain one',
      `WITH a AS (INSERT INTO shops (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET id = excluded.id)
       MERGE INTO orders_meta AS m USING (VALUES (53, 'x')) AS g (id, note) ON m.id = g.id
       WHEN NOT MATCHED THEN INSERT (id, note, channel) VALUES (g.id, g.note, 'tv') WHEN MATCHED THEN UPDATE SET note = g.note || '!'`,
      'x!|app|53',
    ],
    ['EXECUTE', 'EXECUTE upsert', 'x|app|53'],
    ['a function in SQL', 'SELECT in_sql()', 'x|app|53'],
    ['one that computes in PL/pgSQL', 'SELECT in_plpgsql()', 'n53|app|54'],
  ];
  test.each(refused)('%s', async (_, sql, afterwards) => {
    const migration = await unfilledSplit(db);
    const writer = await db.connect();
    await writer.query(`PREPARE upsert AS ${upsert('note = excluded.note')};
      CREATE FUNCTION in_sql() RETURNS void LANGUAGE sql AS $$ ${upsert('note = excluded.note')} $$;
      CREATE FUNCTION in_plpgsql() RETURNS void LANGUAGE plpgsql AS $$ BEGIN ${upsert('rank = orders_meta.rank + 1')}; END $$`);
    expect(await sqlState(writer.query(sql))).toBe('40001');
    expect(await orderSays(db, 53)).toBe('n53|app|53');
    await migration.backfill();
    await writer.query(sql);
    await bothSay(db, 53, afterwards);
    expect(await migration.mismatches()).toBe(0);
  });
});

describe('so is none of which it does, however it is written:', () => {
  test.each([
    ['several columns', upsert('note = excluded.note, rank = excluded.rank'), 'x|app|1'],
    ['quoted', upsert('"note" = EXCLUDED."note" ,"rank"=excluded . rank'), 'x|app|1'],
    ['over lines', upsert('note\n  = Excluded.note,\n  rank = excluded.rank\nRETURNING id'), 'x|app|1'],
    ['with a comment behind it', upsert(`note = excluded.note /* app='shop' */`), 'x|app|53'],
    ['with another one', upsert('note = excluded.note -- shop'), 'x|app|53'],
    ['in a WITH', `WITH a AS (${upsert('note = excluded.note RETURNING id')}) SELECT FROM a`, 'x|app|53'],
    ['in PL/pgSQL', `DO $$ BEGIN ${upsert('note = excluded.note')}; END $$`, 'x|app|53'],
    [
      'as a text',
      `DO $$ BEGIN EXECUTE '${upsert('note = excluded.note').replaceAll("'", "''")}'; END $$`,
      'x|app|53',
    ],
    ['behind another one', `${upsert('rank = excluded.rank')}; ${upsert('note = excluded.note')}`, 'x|app|1'],
  ])('%s', async (_, sql, says) => {
    const migration = await unfilledSplit(db);
    await db.sql.query(sql);
    await bothSay(db, 53, says);
    await migration.backfill();
    expect(await migration.mismatches()).toBe(0);
  });

  test('as a driver sends it, with parameters, also where the server notes those of errors', async () => {
    const migration = await unfilledSplit(db);
    const writer = await db.connect();
    await writer.query('SET log_parameter_max_length_on_error = -1');
    const text = `INSERT INTO orders_meta (id, note, channel) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET note = excluded.note`;
    await writer.query({ name: 'again', text, values: [53, 'a\nb', 'tv'] });
    await writer.query({ name: 'again', text, values: [59, 'c', 'tv'] });
    await bothSay(db, 53, 'a\nb|app|53');
    await bothSay(db, 59, 'c|app|59');
    expect(await sqlState(writer.query(`${text} WHERE orders_meta.rank > 0`, [61, 'd', 'tv']))).toBe('40001');
    await migration.backfill();
    expect(await migration.mismatches()).toBe(0);
  });
});
