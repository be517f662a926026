import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { migrationUnderTest } from '../../migration-under-test.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { freshName } from './fresh-name.ts';
import { rowsOf } from './renames.ts';

const names = [
  '**//',
  '*/ x /*',
  '/*!50000 y */',
  'it\'s "so"',
  'back\\slash',
  'tick`tock',
  '[a^b]{2}.*',
  '-- dash',
  '# hash; %s',
  ':name ?',
  'Größe (cm)',
];

describe.skipIf(!hasMysql())('names that end quotes and comments, on MySQL', () => {
  let db: MysqlUnderTest;
  beforeAll(async () => {
    db = await mysqlUnderTest();
  });
  afterAll(() => db.close());

  test.each(names.map((name, at) => ({ name, at })))(
    '$name is a name and nothing else',
    async ({ name, at }) => {
      const quoted = `\`${name.replaceAll('`', '``')}\``;
      const table = `odd_${at}`;
      await db.sql.query(
        `CREATE TABLE ${table} (id INT PRIMARY KEY, ${quoted} VARCHAR(20) NULL, KEY ${quoted} (${quoted})); INSERT INTO ${table} VALUES (1, 'a'), (2, NULL)`,
      );
      const plan = (change: Readonly<Record<string, unknown>>) =>
        migrationUnderTest(db.database, freshName(), { table: `${db.schema}.${table}`, change });
      // The index goes over with its column, in a statement that is found by its comment.
      const to = `${name}2`;
      const renamed = await plan({ kind: 'rename-column', from: name, to });
      await renamed.apply('expand', 'dual-write');
      await db.sql.query(`INSERT INTO ${table} (id, ${quoted}) VALUES (3, 'c')`);
      await renamed.backfill(1);
      expect(await renamed.mismatches()).toBe(0);
      await renamed.apply('verify', 'read-switch', 'contract');
      await renamed.ledger.close(renamed.claim, 'completed');
      expect(await rowsOf(db, `SELECT * FROM ${table} ORDER BY id`)).toEqual([
        [1, 'a'],
        [2, null],
        [3, 'c'],
      ]);
      expect(await db.definition(table)).toContain(`\`${to.replaceAll('`', '``')}\``);
    },
  );
});
