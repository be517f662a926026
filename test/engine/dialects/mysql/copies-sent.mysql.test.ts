import { Readable } from 'node:stream';
import type { Connection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { copied, leftovers, widenOn } from './copies.ts';
import { rowsOf } from './renames.ts';

/** What the client was told, by id. */
type Told = Map<number, string>;

describe.skipIf(!hasMysql())('ways of writing a table whose copy takes its name', () => {
  let db: MysqlUnderTest;
  beforeAll(async () => {
    db = await mysqlUnderTest();
  });
  afterAll(() => db.close());

  const fresh = (): Promise<unknown> =>
    db.sql.query(
      'DROP TABLE IF EXISTS live, live_underpin_new, live_underpin_old, live_underpin_side; CREATE TABLE live (id INT AUTO_INCREMENT PRIMARY KEY, word VARCHAR(20) NOT NULL, UNIQUE KEY by_word (word))',
    );

  /** Prepared once, and sent again and again over every change of the table's names. */
  async function sendsPrepared(sql: Connection, told: Told) {
    const insert = await sql.prepare('INSERT INTO live (word) VALUES (?)');
    const update = await sql.prepare('UPDATE live SET word = ? WHERE id = ?');
    const upsert = await sql.prepare(
      'INSERT INTO live (id, word) VALUES (?, ?) ON DUPLICATE KEY UPDATE word = CONCAT(VALUES(word), 2)',
    );
    const remove = await sql.prepare('DELETE FROM live WHERE id = ?');
    const select = await sql.prepare('SELECT id, word FROM live ORDER BY id');
    let n = 0;
    return async (): Promise<void> => {
      const draw = async (): Promise<number> => {
        const word = `p${(n += 1)}`;
        const [done] = await insert.execute([word]);
        const id = Number(Reflect.get(done, 'insertId'));
        told.set(id, word);
        return id;
      };
      const [kept, again, gone] = [await draw(), await draw(), await draw()];
      await update.execute([`u${kept}`, kept]);
      told.set(kept, `u${kept}`);
      await upsert.execute([again, `o${again}`]);
      told.set(again, `o${again}2`);
      await remove.execute([gone]);
      told.delete(gone);
      const [found] = await select.execute([]);
      expect(
        Array.isArray(found) && found.map((row) => [Reflect.get(row, 'id'), Reflect.get(row, 'word')]),
      ).toEqual(inOrder(told));
    };
  }

  /** LOAD DATA, with and without REPLACE and IGNORE, of what was told before and what was not. */
  async function loads(sql: Connection, told: Told, from: number): Promise<void> {
    const load = async (how: string, rows: readonly (readonly [number, string])[]): Promise<void> => {
      await sql.query({
        sql: `LOAD DATA LOCAL INFILE 'rows' ${how} INTO TABLE live FIELDS TERMINATED BY ',' (id, word)`,
        infileStreamFactory: () =>
          Readable.from([Buffer.from(rows.map((row) => `${row.join(',')}\n`).join(''))]),
      });
    };
    await load('', [
      [from, `l${from}`],
      [from + 1, `l${from + 1}`],
    ]);
    await load('IGNORE', [
      [from, 'ignored'],
      [from + 2, `l${from + 2}`],
    ]);
    // The second row is in the way of two.
    await load('REPLACE', [[from, `l${from + 1}`]]);
    told.set(from, `l${from + 1}`);
    told.set(from + 2, `l${from + 2}`);
  }

  const inOrder = (told: Told) => [...told].toSorted(([one], [other]) => one - other);

  test('prepared statements and LOAD DATA mean what they meant, there and back, and both tables have what was told', async () => {
    await fresh();
    const told: Told = new Map();
    const sql = await db.connect();
    const send = await sendsPrepared(sql, told);
    let from = 1000;
    const write = async (other?: string): Promise<void> => {
      await send();
      await loads(sql, told, (from += 10));
      await send();
      for (const table of other === undefined ? ['live'] : ['live', other])
        expect(await rowsOf(db, `SELECT id, word FROM ${table} ORDER BY id`)).toEqual(inOrder(told));
    };
    await write();
    const migration = await widenOn(db, 'live');
    await migration.apply('expand');
    await write();
    await migration.apply('dual-write');
    await write();
    await migration.backfill();
    await write('live_underpin_new');
    await migration.apply('verify', 'swap');
    await write('live_underpin_old');
    await migration.undo('swap');
    await write('live_underpin_new');
    await migration.undo('verify', 'backfill', 'dual-write', 'expand');
    await write();
    await copied(migration);
    await write('live_underpin_new');
    await migration.apply('swap');
    await write('live_underpin_old');
    await migration.apply('contract');
    await write();
    expect(await leftovers(db)).toEqual([]);
  });
});
