import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renewWords, renewWordsProcedure } from '../../../../engine/dialects/mysql/ledger-words.ts';
import { literal } from '../../../../engine/dialects/mysql/quote.ts';
import { installLedger } from '../../../../engine/ledger/install.ts';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';

// The ledger is one for the whole server: a table of the test's own stands for one of an earlier version.
const table = 'tested_words';

describe.skipIf(!hasMysql())("lists of words in MySQL's ledger", () => {
  let db: MysqlUnderTest;
  beforeAll(async () => {
    db = await mysqlUnderTest();
    await installLedger(db.database);
    await db.sql.query(`DROP TABLE IF EXISTS underpin.${table}`);
    await db.sql.query(`CREATE TABLE underpin.${table} (
      id INT PRIMARY KEY, what VARCHAR(20) NOT NULL CHECK (what IN ('run', 'running')), other INT CHECK (other > 0))`);
  });
  afterAll(async () => {
    await db.sql.query(`DROP TABLE IF EXISTS underpin.${table}`);
    await db.close();
  });
  const renew = (...words: readonly string[]) =>
    db.database.run({
      text: renewWordsProcedure.call(literal(table), literal('what'), literal(JSON.stringify(words))),
      catalogOnly: true,
    });
  const insert = (id: number, what: string) =>
    db.sql.query(`INSERT INTO underpin.${table} (id, what, other) VALUES (?, ?, 1)`, [id, what]);

  test('one that lacks a word gets it, under its own name, and nothing else changes', async () => {
    const before = await db.definition(`underpin.${table}`);
    await renew('run', 'running');
    expect(await db.definition(`underpin.${table}`)).toBe(before);
    await expect(insert(1, 'run-back')).rejects.toThrow();
    await renew('run', 'running', 'run-back', 'run');
    await insert(1, 'run-back');
    await expect(insert(2, 'walking')).rejects.toThrow();
    const after = await db.definition(`underpin.${table}`);
    expect(after).toContain('CONSTRAINT `tested_words_chk_1`');
    expect(after).toContain('CONSTRAINT `tested_words_chk_2` CHECK ((`other` > 0))');
  });

  test('one that lacks none is not locked, and another waits for no reader longer than a second', async () => {
    const reader = await db.connect();
    await reader.query('BEGIN');
    await reader.query(`SELECT * FROM underpin.${table}`);
    await renew('run', 'running', 'run-back');
    const began = performance.now();
    await expect(renew('run', 'another')).rejects.toMatchObject({ name: 'LockNotAcquired' });
    expect(performance.now() - began).toBeLessThan(4000);
    await reader.query('ROLLBACK');
    await renew('run', 'another', 'run-back');
    await insert(3, 'another');
  });

  test('the ledger of today lacks none', async () => {
    const before = await db.definition('underpin.checkpoint');
    for (const text of renewWords) await db.database.run({ text, catalogOnly: true });
    expect(await db.definition('underpin.checkpoint')).toBe(before);
  });
});
