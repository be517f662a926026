import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { phaseOf } from '../../../../engine/plan/plan.ts';
import { measureRemarks } from '../../../../lambdas/evidence/measure-changes.ts';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { copied, leftovers, widenOn } from './copies.ts';
import { rowsOf } from './renames.ts';

describe.skipIf(!hasMysql())('what a copy of a table meets that is not its own', () => {
  let db: MysqlUnderTest;
  beforeAll(async () => {
    db = await mysqlUnderTest();
  });
  afterAll(() => db.close());

  const fresh = (columns: string, more = ''): Promise<unknown> =>
    db.sql.query(
      `DROP TABLE IF EXISTS live, live_underpin_new, live_underpin_old, live_underpin_side; CREATE TABLE live (${columns}); INSERT INTO live (id) VALUES (1)${more}`,
    );
  const tables = async (): Promise<readonly unknown[]> =>
    (await rowsOf(db, 'SHOW TABLES')).flatMap((row) => (Array.isArray(row) ? row.map(String) : []));

  test.each(['new', 'old', 'side'])(
    'a rollback drops what the migration has made, and no table %s that somebody else has made since the plan',
    async (ending) => {
      await fresh('id INT PRIMARY KEY');
      const migration = await widenOn(db, 'live');
      const theirs = `live_underpin_${ending}`;
      await db.sql.query(`CREATE TABLE ${theirs} (mine INT); INSERT INTO ${theirs} VALUES (7)`);
      await expect(migration.apply('expand')).rejects.toThrow();
      await migration.undo('expand');
      expect(await tables()).toEqual(['live', theirs]);
      expect(await rowsOf(db, `SELECT mine FROM ${theirs}`)).toEqual([[7]]);
      await db.sql.query(`DROP TABLE ${theirs}`);
      await migration.apply('expand');
      await migration.undo('expand');
      expect(await leftovers(db)).toEqual([]);
    },
  );

  test('a unit that a server died in, and that was undone, is no reason to take a table for ours at the next start', async () => {
    await fresh('id INT PRIMARY KEY');
    const migration = await widenOn(db, 'live');
    const { migration: name } = migration.claim;
    await migration.apply('expand');
    await db.sql.query(
      `DELETE FROM underpin.applied WHERE migration = '${name}' AND unit = 1; INSERT INTO underpin.begun (migration, phase, direction, unit) VALUES ('${name}', 'expand', 'run', 1)`,
    );
    await migration.undo('expand');
    expect(await leftovers(db)).toEqual([]);
    await db.sql.query('CREATE TABLE live_underpin_new (mine INT)');
    await expect(migration.apply('expand')).rejects.toThrow();
    await migration.undo('expand');
    expect(await tables()).toEqual(['live', 'live_underpin_new']);
  });

  test.each([
    ['expand', 1],
    ['expand', 2],
    ['expand', 3],
    // It drops the old table.
    ['contract', 6],
  ] as const)(
    'in %s a unit %s that a server died in, behind its statements, goes on as ours',
    async (phase, unit) => {
      await fresh('id INT PRIMARY KEY');
      const migration = await widenOn(db, 'live');
      const { migration: name } = migration.claim;
      const diedIn = (): Promise<unknown> =>
        db.sql.query(
          `DELETE FROM underpin.applied WHERE migration = '${name}' AND phase = '${phase}' AND unit = ${unit}; INSERT INTO underpin.begun (migration, phase, direction, unit) VALUES ('${name}', '${phase}', 'run', ${unit})`,
        );
      await migration.apply('expand');
      if (phase === 'expand') await diedIn();
      await copied(migration);
      await migration.apply('swap', 'contract');
      if (phase === 'contract') {
        expect(phaseOf(migration.plan, phase).run[unit]).toMatchObject({
          statements: [expect.stringMatching(/^DROP TABLE .*live_underpin_old/u)],
        });
        await diedIn();
        await migration.apply('contract');
      }
      expect(await leftovers(db)).toEqual([]);
      expect(await db.value(`SELECT COUNT(*) FROM underpin.begun WHERE migration = '${name}'`)).toBe(0);
    },
  );

  test('a check that MySQL has named keeps its table from being copied where its next name is too long', async () => {
    const columns = (name: string) => `CREATE TABLE ${name} (id INT PRIMARY KEY, n INT, CHECK (n > 0))`;
    // A name of 45 characters: `…_underpin_new_chk_1` has 64.
    const longest = 'l'.repeat(45);
    await db.sql.query(
      `${columns(longest)}; ${columns(`${longest}x`)}; CREATE TABLE ${longest}xxxx (id INT PRIMARY KEY)`,
    );
    const refused = widenOn(db, `${longest}x`);
    await expect(refused).rejects.toThrow(
      /check l+x_chk_1 .* would have a name of 65 characters.* \(1059\)/su,
    );
    for (const name of [longest, `${longest}xxxx`]) {
      const migration = await widenOn(db, name);
      await copied(migration);
      await migration.apply('swap');
      await migration.undo('swap');
      await migration.apply('swap', 'contract');
      expect(await db.definition(name)).toContain('`id` bigint');
    }
    await db.sql.query(`DROP TABLE ${longest}, ${longest}x, ${longest}xxxx`);
  });

  test('a key column whose default is another value for each row has the same in both tables', async () => {
    await fresh(
      "id INT NOT NULL DEFAULT (7 + 1), g BINARY(16) NOT NULL DEFAULT (UUID_TO_BIN(UUID())), w JSON DEFAULT (JSON_ARRAY('it''s', UUID())), PRIMARY KEY (id, g)",
    );
    const before = await db.definition('live');
    const both = async (other: string): Promise<void> =>
      expect(await rowsOf(db, `SELECT id, HEX(g), w FROM ${other} ORDER BY g`)).toEqual(
        await rowsOf(db, 'SELECT id, HEX(g), w FROM live ORDER BY g'),
      );
    const migration = await widenOn(db, 'live');
    await copied(migration);
    await db.sql.query('INSERT INTO live () VALUES (), (), ()');
    await both('live_underpin_new');
    await migration.apply('swap');
    await db.sql.query('INSERT INTO live () VALUES (), ()');
    await both('live_underpin_old');
    await migration.undo('swap');
    expect(await db.definition('live')).toBe(before);
    await migration.apply('swap', 'contract');
    expect(await db.definition('live')).toBe(before.replace('`id` int', '`id` bigint'));
    expect(await db.value('SELECT COUNT(*) FROM live WHERE id = 8')).toBe(5);
  });

  test('a default of the column itself that cannot be written again is refused by name', async () => {
    await fresh("id INT NOT NULL DEFAULT (CHAR_LENGTH('ü')), PRIMARY KEY (id)");
    await expect(widenOn(db, 'live')).rejects.toThrow(
      /id has a default that cannot be written again as it is/u,
    );
  });

  test.each([
    ['int', 1_932_735_283, 90],
    ['int unsigned', 4_000_000_000, 93],
    ['smallint', 32_766, 99],
  ])(
    'of %s, of which most numbers are drawn, the plan and the gates say so',
    async (type, drawn, percent) => {
      await fresh(`id ${type} AUTO_INCREMENT PRIMARY KEY`);
      const to = { type: type.endsWith('unsigned') ? 'bigint unsigned' : 'bigint' };
      const says = new RegExp(
        `AUTO_INCREMENT of .*live is at ${percent} % of the last number that ${type} holds`,
        'u',
      );
      const early = await widenOn(db, 'live', to);
      expect(early.plan.warnings.join('\n')).not.toMatch(says);
      expect(await measureRemarks(early.plan, db.database)).toEqual([]);
      // The row is gone, and its number is drawn all the same.
      await db.sql.query(
        `INSERT INTO live VALUES (${drawn}); DELETE FROM live WHERE id = ${drawn}; ANALYZE TABLE live`,
      );
      const late = await widenOn(db, 'live', to);
      expect(late.plan.warnings.join('\n')).toMatch(says);
      expect(await measureRemarks(early.plan, db.database)).toEqual([expect.stringMatching(says)]);
    },
  );

  test('any change of a column after the swap but a new one leaves the way back open, and no write is lost on it', async () => {
    await fresh("id INT PRIMARY KEY, word VARCHAR(9) NOT NULL DEFAULT 'a', gone INT");
    const migration = await widenOn(db, 'live');
    await copied(migration);
    await migration.apply('swap');
    await db.sql.query(
      "ALTER TABLE live MODIFY COLUMN word VARCHAR(20) NOT NULL DEFAULT 'b' COMMENT 'longer'; INSERT INTO live (id, word) VALUES (2, 'z'); ALTER TABLE live DROP COLUMN gone",
    );
    expect(await rowsOf(db, migration.plan.differences?.back ?? '')).toEqual([
      [{ what: 'column gone is gone' }],
      [{ what: 'column word is another' }],
    ]);
    await migration.undo('swap');
    expect(await rowsOf(db, 'SELECT id, word FROM live')).toEqual([
      [1, 'a'],
      [2, 'z'],
    ]);
  });

  test('a unique index that went after the swap keeps the names where they are: the old table has not every row', async () => {
    await fresh('id INT PRIMARY KEY, word VARCHAR(9), UNIQUE KEY by_word (word)');
    const migration = await widenOn(db, 'live');
    await copied(migration);
    await migration.apply('swap');
    await db.sql.query(
      "ALTER TABLE live DROP KEY by_word, ADD KEY by_word (word); INSERT INTO live VALUES (2, 'x'), (3, 'x')",
    );
    await expect(migration.undo('swap')).rejects.toThrow('1105');
    expect(await rowsOf(db, 'SELECT id FROM live ORDER BY id')).toEqual([[1], [2], [3]]);
    await db.sql.query(
      'DELETE FROM live WHERE id = 3; UPDATE live SET word = NULL WHERE id = 2; ALTER TABLE live DROP KEY by_word, ADD UNIQUE KEY by_word (word)',
    );
    await migration.undo('swap');
    expect(await rowsOf(db, 'SELECT id, word FROM live ORDER BY id')).toEqual([
      [1, null],
      [2, null],
    ]);
  });

  test('a column that came after the swap keeps the names where they are, whatever it is called', async () => {
    await fresh('id INT PRIMARY KEY');
    const migration = await widenOn(db, 'live');
    await copied(migration);
    await migration.apply('swap');
    await db.sql.query('ALTER TABLE live ADD COLUMN `late is another` INT');
    await expect(migration.undo('swap')).rejects.toThrow('1105');
    await db.sql.query('ALTER TABLE live DROP COLUMN `late is another`');
    await migration.undo('swap');
  });
});
