import { createConnection, type Connection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fillMysqlTable } from '../../../rehearsal/data/mysql/fill-table.ts';
import type { FreshDatabase } from '../../fresh-database.ts';
import { freshMysqlDatabase, hasMysql } from '../../fresh-mysql-database.ts';

describe.skipIf(!hasMysql())('rows that are made up on MySQL', () => {
  let fresh: FreshDatabase;
  let sql: Connection;
  beforeAll(async () => {
    fresh = await freshMysqlDatabase();
    sql = await createConnection({ uri: fresh.url, rowsAsArray: true, multipleStatements: true });
  });
  afterAll(async () => {
    await sql.end();
    await fresh.drop();
  });

  const filled = async (name: string, rows: number): Promise<number> =>
    fillMysqlTable(fresh.url, { schema: new URL(fresh.url).pathname.slice(1), name }, rows);

  test.each([
    ['tinyint unsigned', 255],
    ['tinyint', 127],
    ['smallint', 300],
    ['char(1)', 35],
    ['char(2)', 300],
    ['varchar(3)', 300],
    ['decimal(4,2)', 99],
    ["enum('a','b','c')", 3],
    ['year', 185],
    ['time', 300],
    ['date', 300],
    ['binary(1)', 255],
    ['binary(16)', 300],
  ])('a key of %s gets as many of 300 as it has values', async (type, most) => {
    const name = `t_${type.replaceAll(/\W/gu, '_')}`;
    await sql.query(`CREATE TABLE ${name} (code ${type} NOT NULL PRIMARY KEY, word VARCHAR(20))`);
    expect(await filled(name, 300)).toBe(most);
    // And goes on behind what is there.
    expect(await filled(name, 310)).toBe(Math.max(most, most === 300 ? 310 : most));
  });

  test('a key of a column with few values beside another one is no limit', async () => {
    await sql.query(`CREATE TABLE parents (id INT AUTO_INCREMENT PRIMARY KEY);
      CREATE TABLE pairs (parent INT NOT NULL, kind ENUM('a', 'b') NOT NULL, PRIMARY KEY (parent, kind), FOREIGN KEY (parent) REFERENCES parents (id));
      CREATE TABLE words (lang CHAR(2) NOT NULL, word VARCHAR(90) NOT NULL, PRIMARY KEY (lang, word))`);
    expect(await filled('pairs', 15)).toBe(15);
    expect(await filled('words', 2000)).toBe(2000);

    // As many as there are parents, a tenth of what is asked for.
    await sql.query(
      'CREATE TABLE only (parent INT NOT NULL PRIMARY KEY, word VARCHAR(9), FOREIGN KEY (parent) REFERENCES parents (id))',
    );
    expect(await filled('only', 200)).toBe(20);
  });
});
