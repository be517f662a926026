import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { localMysqlDataApi, type LocalMysqlDataApi } from './local-mysql-data-api.ts';

describe.skipIf(!hasMysql())('statements on MySQL', () => {
  let local: LocalMysqlDataApi;
  beforeAll(async () => {
    local = await localMysqlDataApi();
    await local.database.query(`
      CREATE TABLE everything (
        id BIGINT AUTO_INCREMENT PRIMARY KEY, big BIGINT UNSIGNED, small TINYINT, truth TINYINT(1), bits BIT(1),
        price DECIMAL(20,4), ratio DOUBLE, name VARCHAR(50), note TEXT, raw VARBINARY(8), data JSON, at DATETIME(6),
        stamp TIMESTAMP(3) NULL, day DATE, hour TIME(2), mood ENUM('sad','happy'), tags SET('a','b'), year4 YEAR, pair BIT(2)
      );
      CREATE TABLE one (id INT PRIMARY KEY);
      INSERT INTO one VALUES (1);`);
  });
  afterAll(() => local.close());

  const values = async (sql: string): Promise<unknown> => (await local.execute(sql)).records?.[0];

  test('values of every supported type travel as the service types them', async () => {
    await local.execute(
      `INSERT INTO everything (big, small, truth, bits, price, ratio, name, note, raw, data, at, stamp, day, hour, mood, tags, year4)
       VALUES (9223372036854775807, -5, :yes, 1, :price, :ratio, :name, :name, :raw, :data, :at, '2026-01-02 03:04:05.678',
               :day, '10:11:12.25', 'happy', 'a,b', 2026)`,
      {
        parameters: [
          { name: 'yes', value: { booleanValue: true } },
          { name: 'price', value: { stringValue: '12345678901234.5678' }, typeHint: 'DECIMAL' },
          { name: 'ratio', value: { doubleValue: 0.1 } },
          { name: 'name', value: { stringValue: "O'Neil 😀 \\" } },
          { name: 'raw', value: { blobValue: new Uint8Array([0, 255]) } },
          { name: 'data', value: { stringValue: '{"a": [1, 2.50]}' }, typeHint: 'JSON' },
          { name: 'at', value: { stringValue: '2026-01-02 03:04:05.678901' }, typeHint: 'TIMESTAMP' },
          { name: 'day', value: { stringValue: '2026-02-03' }, typeHint: 'DATE' },
        ],
      },
    );
    expect(
      await values(
        `SELECT big, small, truth, bits, price, ratio, name, note, raw, data, at, stamp, day, hour, mood, tags, year4
         FROM everything`,
      ),
    ).toEqual([
      { longValue: 9223372036854776000 },
      { longValue: -5 },
      { booleanValue: true },
      { booleanValue: true },
      { stringValue: '12345678901234.5678' },
      { doubleValue: 0.1 },
      { stringValue: "O'Neil 😀 \\" },
      { stringValue: "O'Neil 😀 \\" },
      { blobValue: new Uint8Array([0, 255]) },
      { stringValue: '{"a": [1, 2.5]}' },
      { stringValue: '2026-01-02 03:04:05.678901' },
      { stringValue: '2026-01-02 03:04:05.678' },
      { stringValue: '2026-02-03' },
      { stringValue: '10:11:12.25' },
      { stringValue: 'happy' },
      { stringValue: 'a,b' },
      { longValue: 2026 },
    ]);
  });

  test('a long is bound exactly, beyond what a JavaScript number holds', async () => {
    const { records } = await local.execute('SELECT CAST(:n AS CHAR)', {
      parameters: [{ name: 'n', value: { longValue: Number.MAX_SAFE_INTEGER } }],
    });
    expect(records).toEqual([[{ stringValue: '9007199254740991' }]]);
    expect(
      (await local.execute('SELECT 9223372036854775807', { resultSetOptions: { longReturnType: 'STRING' } }))
        .records,
    ).toEqual([[{ stringValue: '9223372036854775807' }]]);
  });

  test('numbers of rows are those that a statement met, and a generated key comes with its INSERT', async () => {
    expect(await local.execute('UPDATE one SET id = id')).toMatchObject({ numberOfRecordsUpdated: 1 });
    const { generatedFields } = await local.execute('INSERT INTO everything (id) VALUES (77)');
    expect(generatedFields).toEqual([{ longValue: 77 }]);
    expect(await local.execute('SELECT 1')).toMatchObject({
      numberOfRecordsUpdated: 0,
      records: [[{ longValue: 1 }]],
    });
  });

  test('an error says its number and its SQLSTATE at the end', async () => {
    await expect(local.execute('INSERT INTO one VALUES (1)')).rejects.toMatchObject({
      name: 'DatabaseErrorException',
      message: "Duplicate entry '1' for key 'one.PRIMARY'; Error code: 1062; SQLState: 23000",
    });
    await expect(local.execute('SELEC 1')).rejects.toThrow(/Error code: 1064; SQLState: 42000$/);
  });

  test('one statement a call', async () => {
    await expect(local.execute('SELECT 1; DROP TABLE one')).rejects.toMatchObject({
      name: 'ValidationException',
      message: "Multistatements aren't supported",
    });
    expect(await values('SELECT COUNT(*) FROM one;')).toEqual([{ longValue: 1 }]);
  });

  test('a geometry and a bit string are refused, also where no row comes', async () => {
    for (const value of ['POINT(1, 2)', 'pair'])
      await expect(local.execute(`SELECT ${value} FROM everything LIMIT 0`)).rejects.toMatchObject({
        name: 'UnsupportedResultException',
      });
  });

  test('a procedure is created and called; the rows that it selects do not come', async () => {
    await local.execute(
      `CREATE PROCEDURE twice(n INT) BEGIN INSERT INTO one VALUES (n * 2); SELECT * FROM one; END`,
    );
    const answer = await local.execute('CALL twice(:n)', {
      parameters: [{ name: 'n', value: { longValue: 4 } }],
    });
    expect(answer.records).toBeUndefined();
    expect(await values('SELECT COUNT(*) FROM one WHERE id = 8')).toEqual([{ longValue: 1 }]);
  });

  test('formatted records are one JSON text, and metadata names types as MySQL does', async () => {
    const sql = "SELECT id AS 'the id', NULL AS nothing FROM one WHERE id = 1";
    expect((await local.execute(sql, { formatRecordsAs: 'JSON' })).formattedRecords).toBe(
      '[{"the id":1,"nothing":null}]',
    );
    const { columnMetadata } = await local.execute(sql, { includeResultMetadata: true });
    expect(columnMetadata?.[0]).toMatchObject({
      label: 'the id',
      name: 'id',
      typeName: 'INT',
      nullable: 0,
      tableName: 'one',
    });
  });

  test('a row beyond 64 KB and an answer beyond 1 MiB are refused', async () => {
    await expect(local.execute("SELECT REPEAT('x', 65537)")).rejects.toThrow('Packet for query is too large');
    const many =
      'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40) SELECT REPEAT("x", 40000) FROM n';
    await expect(local.execute(many)).rejects.toThrow('Database response exceeded size limit');
  });
});
