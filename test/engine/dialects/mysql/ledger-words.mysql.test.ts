import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { renewWordsProcedure } from '../../../../engine/dialects/mysql/ledger-words.ts';
import { literal } from '../../../../engine/dialects/mysql/quote.ts';
import { installLedger } from '../../../../engine/ledger/install.ts';
import { startMysql } from '../../../../rehearsal/database/mysql-server.ts';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { unsynced } from '../../../unsynced-mysql.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';

// The ledger is one for the whole server: a table of the test's own stands for one of an earlier version.
const table = 'tested_words';

describe.skipIf(!hasMysql())("lists of words in MySQL's ledger", () => {
  let db: MysqlUnderTest;
  beforeAll(async () => {
    db = await mysqlUnderTest();
    // A test that fails leaves its transactions open, and nobody waits a year for them.
    await db.sql.query('SET SESSION lock_wait_timeout = 5');
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
    // Whoever waits for it after all is let through, and fails the test.
    const patience = setTimeout(() => void reader.query('ROLLBACK'), 10_000);
    await renew('run', 'running', 'run-back');
    const began = performance.now();
    const another = renew('run', 'running', 'run-back', 'another');
    await expect(another).rejects.toMatchObject({ name: 'LockNotAcquired' });
    expect(performance.now() - began).toBeLessThan(8000);
    clearTimeout(patience);
    await reader.query('ROLLBACK');
    await renew('run', 'running', 'run-back', 'another');
    await insert(3, 'another');
  });

  test('a start brings every list of an earlier ledger up to date, and a second one changes nothing', async () => {
    const binary = { mysqld: inject('mysqlProgram'), version: inject('mysqlVersion') };
    const server = await startMysql(binary, {
      cache: inject('mysqlCache'),
      settings: { ...unsynced, 'innodb-buffer-pool-size': '32M', 'innodb-redo-log-capacity': '16M' },
    });
    try {
      const url = await server.createDatabase('shop');
      const own = await mysqlUnderTest('', Promise.resolve({ url, drop: () => Promise.resolve() }));
      await installLedger(own.database);
      const ledger = (): Promise<readonly string[]> =>
        Promise.all(['migration', 'applied', 'checkpoint'].map((each) => own.definition(`underpin.${each}`)));
      const today = await ledger();
      await own.sql.query(`USE underpin;
        ALTER TABLE migration DROP CHECK migration_chk_1, ADD CONSTRAINT migration_chk_1 CHECK (status IN ('running', 'failed')),
          DROP CHECK migration_chk_2, ADD CONSTRAINT migration_chk_2 CHECK (standing_order IN ('abort'));
        ALTER TABLE applied DROP CHECK applied_chk_1, ADD CONSTRAINT applied_chk_1 CHECK (direction IN ('run'));
        ALTER TABLE checkpoint DROP CHECK checkpoint_chk_1, ADD CONSTRAINT checkpoint_chk_1 CHECK (purpose IN ('backfill', 'verify'))`);
      const earlier = await ledger();
      expect(earlier.filter((each, at) => each === today[at])).toEqual([]);
      await installLedger(own.database);
      expect(await ledger()).toEqual(today);
      const numbers =
        "SELECT GROUP_CONCAT(table_id ORDER BY name) FROM information_schema.innodb_tables WHERE name LIKE 'underpin/%'";
      // Another table has another number.
      const before = await own.value(numbers);
      await installLedger(own.database);
      expect(await own.value(numbers)).toBe(before);
      await own.close();
    } finally {
      await server.stop();
    }
  });
});
