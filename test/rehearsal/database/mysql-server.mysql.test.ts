import { createConnection } from 'mysql2/promise';
import { describe, expect, inject, test } from 'vitest';
import { freshMysqlDatabase, hasMysql } from '../../fresh-mysql-database.ts';

describe.skipIf(!hasMysql())('a throw-away MySQL', () => {
  test('is the version that its program says, with checks that production has', async () => {
    const fresh = await freshMysqlDatabase();
    const connection = await createConnection(fresh.url);
    const [rows] = await connection.query(
      'SELECT version() AS version, @@sql_mode AS mode, @@log_bin AS bin',
    );
    await connection.end();
    await fresh.drop();
    expect(rows).toEqual([
      {
        version: expect.stringContaining(inject('mysqlVersion')),
        mode: expect.stringContaining('STRICT_TRANS_TABLES'),
        bin: 1,
      },
    ]);
  });

  test('drops a database in which somebody holds a lock', async () => {
    const fresh = await freshMysqlDatabase();
    const holder = await createConnection(fresh.url);
    holder.on('error', () => {});
    await holder.query('CREATE TABLE t (id INT PRIMARY KEY)');
    await holder.query('START TRANSACTION');
    await holder.query('SELECT * FROM t');
    await fresh.drop();
    await expect(createConnection(fresh.url)).rejects.toMatchObject({ code: 'ER_BAD_DB_ERROR' });
    holder.destroy();
  });
});
