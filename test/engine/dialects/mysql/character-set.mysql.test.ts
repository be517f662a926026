import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { characterSet } from '../../../../engine/dialects/mysql/character-set.ts';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { rowsOf } from './renames.ts';

describe.skipIf(!hasMysql())('collations of MySQL', () => {
  let db: MysqlUnderTest;
  beforeAll(async () => {
    db = await mysqlUnderTest();
  });
  afterAll(() => db.close());

  test('each is called by its character set', async () => {
    const all = await rowsOf(
      db,
      'SELECT c.collation_name, c.character_set_name FROM information_schema.collations AS c',
    );
    expect(all.length).toBeGreaterThan(200);
    const called = all.map((row): readonly unknown[] => (Array.isArray(row) ? row : []));
    expect(called.map(([collation]) => [collation, characterSet(String(collation))])).toEqual(called);
  });
});
