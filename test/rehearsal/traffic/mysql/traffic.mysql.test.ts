import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { fillMysqlTable } from '../../../../rehearsal/data/mysql/fill-table.ts';
import { openTraffic, type TrafficProgram } from '../../../../rehearsal/traffic/traffic.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../../engine/mysql-database-under-test.ts';
import { pairShape } from '../../../engine/shapes-for-tests.ts';
import { hasMysql } from '../../../fresh-mysql-database.ts';

// Of the types that lose digits or change their text on the way, and all that keeps an INSERT from being like another row.
const schema = `
  CREATE TABLE makers (code VARCHAR(12) PRIMARY KEY, founded YEAR);
  CREATE TABLE parts (
    maker VARCHAR(12) NOT NULL, serial BINARY(8) NOT NULL, \`weight (kg)\` DECIMAL(9, 3), state ENUM('new', 'it''s used') NOT NULL,
    flags SET('a', 'b'), price FLOAT, bits BIT(3), seen DATETIME(6), note JSON, label VARCHAR(40),
    doubled DECIMAL(12, 3) AS (\`weight (kg)\` * 2) STORED, number INT AUTO_INCREMENT,
    PRIMARY KEY (maker, serial), UNIQUE KEY by_number (number),
    CHECK (state IN ('new', 'it''s used')),
    CONSTRAINT made_by FOREIGN KEY (maker) REFERENCES makers (code)
  )`;

describe.skipIf(!hasMysql())('rows and traffic on a schema that nobody had in mind', () => {
  let db: MysqlUnderTest;
  let program: TrafficProgram;
  beforeAll(async () => {
    db = await mysqlUnderTest(schema);
    program = openTraffic(inject('programs').traffic);
  });
  afterAll(async () => {
    await program.close();
    await db.close();
  });

  test('rows are made up, with parents, and those that are there count', async () => {
    const table = { schema: db.schema, name: 'parts' };
    expect(await fillMysqlTable(db.url, table, 500)).toBe(500);
    expect(await fillMysqlTable(db.url, table, 400)).toBe(500);
    expect(Number(await db.value('SELECT COUNT(DISTINCT maker) FROM parts'))).toBeGreaterThan(10);
    expect(Number(await db.value('SELECT COUNT(DISTINCT state) FROM parts'))).toBe(2);
  });

  test('every write is kept until somebody takes one back, and then it is found by its key', async () => {
    await db.sql.query('ALTER TABLE parts ADD COLUMN title VARCHAR(40)');
    const traffic = await program.start({
      databaseUrl: db.url,
      table: { schema: db.schema, name: 'parts' },
      shape: pairShape({
        old: { column: 'label', type: 'varchar(40)' },
        new: { column: 'title', type: 'varchar(40)' },
        up: '`label`',
        down: '`title`',
        quarantined: 'label_gone',
      }),
      requestsPerSecond: 200,
      connectionsPerVersion: 2,
      seed: 1,
      statementTimeoutMs: 60_000,
      readSwitch: { kind: 'none' },
    });
    try {
      let seen = await traffic.snapshot();
      for (; seen.writes.old < 20; await sleep(100)) seen = await traffic.snapshot();
      await traffic.pause();
      expect({ failures: seen.failures, notes: seen.notes }).toEqual({ failures: [], notes: [] });
      const kept = await traffic.checkWrites({ only: 'old' });
      expect(kept).toMatchObject({ lost: 0, examples: [] });
      expect(kept.checked).toBeGreaterThan(20);
      await db.sql.query("UPDATE parts SET label = 'taken back'");
      const { lost, examples } = await traffic.checkWrites({ only: 'old' });
      expect(lost).toBeGreaterThan(10);
      expect(examples.join(' ')).not.toContain('taken back');
      // Nothing has ever written the new side: there every write is missing too.
      expect((await traffic.checkWrites({ only: 'new' })).lost).toBeGreaterThan(10);
    } finally {
      await traffic.close();
    }
  });
});
