import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RowRefused } from '../../../../engine/database/errors.ts';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { migrationUnderTest } from '../../migration-under-test.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { asReviewed } from './as-reviewed.ts';
import { freshName } from './fresh-name.ts';
import { rowsOf } from './renames.ts';

describe.skipIf(!hasMysql())('columns that are filled and repaired on MySQL', () => {
  let db: MysqlUnderTest;
  beforeAll(async () => {
    db = await mysqlUnderTest();
  });
  afterAll(() => db.close());

  const rows = (sql: string) => rowsOf(db, sql);
  const changing = (table: string, change: Readonly<Record<string, unknown>>, name = freshName()) =>
    migrationUnderTest(db.database, name, { table: `${db.schema}.${table}`, change });
  const filling = (table: string, change: Readonly<Record<string, unknown>>, name?: string) =>
    changing(table, { kind: 'add-column', column: 'locale', ...change }, name);
  const requiring = (table: string, repair: string, column = 'country', name?: string) =>
    changing(table, { kind: 'set-not-null', column, repair }, name);
  const functionsOf = (migration: string) =>
    db.value(`SELECT COUNT(*) FROM information_schema.routines
      WHERE routine_schema = 'underpin' AND routine_comment = 'underpin ${migration}'`);
  const lax = async () => {
    const connection = await db.connect();
    await connection.query("SET SESSION sql_mode = ''");
    return connection;
  };
  const fill = { type: 'varchar(8)', backfill: "LOWER(COALESCE(country, 'en'))", notNull: true };

  test('its SQL is as it was reviewed', async () => {
    await db.sql.query(`CREATE TABLE users (
      id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, country CHAR(2) NULL,
      touched TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP)`);
    asReviewed((await filling('users', { ...fill, default: "'en'" }, 'add-column-filled')).plan, db.schema);
    asReviewed((await requiring('users', "'DE'", 'country', 'set-not-null-repaired')).plan, db.schema);
  });

  test('a column is filled for writers that do not know it, from the first write to the contract and back', async () => {
    await db.sql
      .query(`CREATE TABLE filled (id INT PRIMARY KEY, country CHAR(2) NULL, n INT NOT NULL DEFAULT 0,
        touched TIMESTAMP(6) NULL ON UPDATE CURRENT_TIMESTAMP(6));
      INSERT INTO filled (id, country, touched) VALUES (1, 'DE', '2020-02-29 01:02:03.000004'), (2, NULL, NULL), (3, 'FR', NULL)`);
    const before = await db.definition('filled');
    const migration = await filling('filled', fill);
    await migration.apply('expand', 'dual-write');
    await db.sql.query("INSERT INTO filled (id, country) VALUES (4, 'IT')");
    await db.sql.query("INSERT INTO filled (id, country, locale) VALUES (5, 'IT', 'own')");
    await db.sql.query('UPDATE filled SET n = 1 WHERE id = 3');
    // Where the row is there already, what an INSERT would have got is not written.
    await db.sql.query("INSERT INTO filled (id, country) VALUES (5, 'ES') ON DUPLICATE KEY UPDATE n = n + 1");
    expect(await rows('SELECT id, locale FROM filled ORDER BY id')).toEqual([
      [1, null],
      [2, null],
      [3, 'fr'],
      [4, 'it'],
      [5, 'own'],
    ]);
    await migration.backfill(2);
    expect(await migration.mismatches()).toBe(0);
    const filled = [
      [1, 'de'],
      [2, 'en'],
      [3, 'fr'],
      [4, 'it'],
      [5, 'own'],
    ];
    expect(await rows('SELECT id, locale FROM filled ORDER BY id')).toEqual(filled);
    expect(await db.value('SELECT CAST(touched AS CHAR) FROM filled WHERE id = 1')).toBe(
      '2020-02-29 01:02:03.000004',
    );
    await migration.apply('verify');
    // NOT NULL, and who does not know the column goes on.
    for (const writer of [db.sql, await lax()]) {
      await writer.query("REPLACE INTO filled (id, country) VALUES (6, 'PT')");
      expect(await rows('SELECT locale FROM filled WHERE id = 6')).toEqual([['pt']]);
    }
    await migration.undo('verify', 'backfill', 'dual-write', 'expand');
    expect(await db.definition('filled')).toBe(before);
    expect(await functionsOf(migration.claim.migration)).toBe(0);
    await migration.apply('expand', 'dual-write');
    await migration.backfill(1);
    await migration.apply('verify', 'contract');
    expect(await rows("SHOW TRIGGERS LIKE 'filled'")).toEqual([]);
    expect(await functionsOf(migration.claim.migration)).toBe(0);
    expect(await db.definition('filled')).toMatch(/`locale` varchar\(8\).* NOT NULL,/u);
    await expect(db.sql.query('INSERT INTO filled (id) VALUES (7)')).rejects.toThrow(
      "Field 'locale' doesn't have a default value",
    );
  });

  test('with a default, who leaves the column out gets that, and rows that are there get the expression', async () => {
    await db.sql.query(`CREATE TABLE otherwise (id INT PRIMARY KEY, placed DATETIME NOT NULL);
      INSERT INTO otherwise VALUES (1, '2001-02-03 04:05:06')`);
    const migration = await changing('otherwise', {
      kind: 'add-column',
      column: 'seen',
      type: 'datetime(3)',
      default: 'CURRENT_TIMESTAMP(3)',
      backfill: 'placed',
      notNull: true,
    });
    await migration.apply('expand', 'dual-write');
    await db.sql.query("INSERT INTO otherwise (id, placed) VALUES (2, '2001-01-01')");
    await migration.backfill(1);
    await migration.apply('verify');
    expect(
      await rows('SELECT id, seen = placed, seen > NOW() - INTERVAL 1 DAY FROM otherwise ORDER BY id'),
    ).toEqual([
      [1, 1, 0],
      [2, 0, 1],
    ]);
    expect(await db.definition('otherwise')).toContain(
      '`seen` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)',
    );
    await migration.undo('verify', 'backfill', 'dual-write');
    expect(await db.definition('otherwise')).toContain('`seen` datetime(3) DEFAULT NULL');
  });

  test.each([
    ['text CHARACTER SET latin1', "'new é'", 'text CHARACTER SET latin1 COLLATE latin1_swedish_ci'],
    ['json', `'{"k":1}'`, 'json'],
    ['blob', "'b'", 'blob'],
  ])(
    'a column of type %s with a default alone has it in every row, though MySQL adds none with it',
    async (type, otherwise, printed) => {
      await db.sql.query(`DROP TABLE IF EXISTS given; CREATE TABLE given (id INT PRIMARY KEY, n INT);
        INSERT INTO given (id) VALUES (1), (2)`);
      const before = await db.definition('given');
      const migration = await filling('given', { type, default: otherwise, column: 'note', notNull: true });
      await migration.apply('expand', 'dual-write');
      await db.sql.query('INSERT INTO given (id) VALUES (3); UPDATE given SET n = 1 WHERE id = 2');
      await migration.backfill(1);
      expect(await migration.mismatches()).toBe(0);
      await migration.undo('backfill', 'dual-write', 'expand');
      expect(await db.definition('given')).toBe(before);
      await migration.apply('expand', 'dual-write');
      await migration.backfill(1);
      await migration.apply('verify', 'contract');
      await (await lax()).query('INSERT INTO given (id) VALUES (4)');
      expect(await rows(`SELECT COUNT(*), COUNT(DISTINCT note) FROM given`)).toEqual([[4, 1]]);
      expect(await db.definition('given')).toContain(`\`note\` ${printed} NOT NULL DEFAULT (`);
    },
  );

  test('a row that cannot be filled does not fail its writer, and keeps the gates shut', async () => {
    await db.sql.query(
      "CREATE TABLE odd (id INT PRIMARY KEY, raw VARCHAR(9)); INSERT INTO odd VALUES (1, 'x'), (2, '7')",
    );
    const migration = await changing('odd', {
      kind: 'add-column',
      column: 'n',
      type: 'int',
      backfill: 'CAST(raw AS SIGNED)',
    });
    await migration.apply('expand', 'dual-write');
    for (const [at, writer] of [db.sql, await lax()].entries()) {
      await writer.query(`INSERT INTO odd (id, raw) VALUES (${10 + at}, 'y'), (${20 + at}, '5')`);
      await writer.query(`UPDATE odd SET raw = 'z' WHERE id = ${10 + at}`);
    }
    await migration.backfill(1);
    expect(await rows('SELECT id, n FROM odd ORDER BY id')).toEqual([
      [1, null],
      [2, 7],
      [10, null],
      [11, null],
      [20, 5],
      [21, 5],
    ]);
    expect(await migration.ledger.walks.stubbornCount(migration.claim.migration)).toBe(3);
    expect(await migration.mismatches()).toBe(3);
  });

  test.each([
    [{ backfill: 'RAND()' }, /`RAND` is nothing that an expression may call/],
    [{ backfill: 'nobody' }, /nobody is neither a column/],
    [{ backfill: 'total' }, /total, which is generated/],
    [{ backfill: 'id + 1' }, /id, whose number is drawn after the trigger/],
    [{ backfill: 'moment' }, /moment of type timestamp/],
    [{ type: 'timestamp' }, /locale of type timestamp/],
  ])('%o is refused before anything is touched', async (change, why) => {
    await db.sql
      .query(`DROP TABLE IF EXISTS kept; CREATE TABLE kept (id INT AUTO_INCREMENT PRIMARY KEY, country CHAR(2),
      total INT GENERATED ALWAYS AS (1) STORED, moment TIMESTAMP NULL)`);
    const before = await db.definition('kept');
    await expect(filling('kept', { type: 'int', backfill: 'country', ...change })).rejects.toThrow(why);
    expect(await db.definition('kept')).toBe(before);
  });

  test('new breaches are refused at once, rows that are there are repaired, and NOT NULL comes last', async () => {
    await db.sql
      .query(`CREATE TABLE required (id INT AUTO_INCREMENT PRIMARY KEY, country VARCHAR(9) NULL COMMENT 'it''s', n INT);
      INSERT INTO required (id, country, n) VALUES (1, 'DE', 0), (2, NULL, 0), (3, NULL, 0), (4, NULL, 0)`);
    const before = await db.definition('required');
    const migration = await requiring('required', "CONCAT('c', id)");
    await migration.apply('expand');
    for (const writer of [db.sql, await lax()])
      for (const write of [
        'INSERT INTO required (n) VALUES (1)',
        "INSERT INTO required (country) VALUES ('FR'), (NULL)",
        'INSERT IGNORE INTO required (country) VALUES (NULL)',
        'REPLACE INTO required (id) VALUES (1)',
        'UPDATE required SET country = NULL WHERE id = 1',
        'UPDATE IGNORE required SET country = NULL WHERE id = 1',
        "INSERT INTO required (id, country) VALUES (1, 'x') ON DUPLICATE KEY UPDATE country = NULL",
        'INSERT INTO required (id, n) VALUES (1, 9) ON DUPLICATE KEY UPDATE n = 9',
      ])
        await expect(writer.query(write)).rejects.toThrow("Column 'country' cannot be null");
    // A row that is like that already does not fail who writes something else.
    await db.sql.query('UPDATE required SET n = 1 WHERE id = 2');
    await db.sql.query("UPDATE required SET country = 'own' WHERE id = 3");
    expect(await rows('SELECT id, country FROM required ORDER BY id')).toEqual([
      [1, 'DE'],
      [2, null],
      [3, 'own'],
      [4, null],
    ]);
    await migration.backfill(2);
    expect(await migration.mismatches()).toBe(0);
    await migration.apply('verify');
    expect(await rows('SELECT id, country, n FROM required ORDER BY id')).toEqual([
      [1, 'DE', 0],
      [2, 'c2', 1],
      [3, 'own', 0],
      [4, 'c4', 0],
    ]);
    expect(await rows("SHOW TRIGGERS LIKE 'required'")).toEqual([]);
    expect(await functionsOf(migration.claim.migration)).toBe(0);
    expect(await db.definition('required')).toContain("`country` varchar(9) NOT NULL COMMENT 'it''s'");
    await migration.undo('verify', 'backfill', 'expand');
    // A rollback keeps what was repaired; the table itself is as it was.
    expect((await db.definition('required')).replace(/ AUTO_INCREMENT=\d+/u, '')).toBe(
      before.replace(/ AUTO_INCREMENT=\d+/u, ''),
    );
  });

  test('a row that cannot be repaired is left as it is for its writer, and stops the migration before NOT NULL', async () => {
    await db.sql.query(`CREATE TABLE hopeless (id INT PRIMARY KEY, raw VARCHAR(9), v TINYINT NULL);
      INSERT INTO hopeless VALUES (1, '300', NULL), (2, '7', NULL), (3, NULL, NULL)`);
    const migration = await requiring('hopeless', 'raw', 'v');
    await migration.apply('expand');
    await db.sql.query("UPDATE hopeless SET raw = '301' WHERE id = 1");
    await migration.backfill(1);
    expect(await rows('SELECT id, v FROM hopeless ORDER BY id')).toEqual([
      [1, null],
      [2, 7],
      [3, null],
    ]);
    expect(await migration.ledger.walks.stubbornCount(migration.claim.migration)).toBe(1);
    expect(await migration.mismatches()).toBe(2);
    await expect(migration.apply('verify')).rejects.toThrow(RowRefused);
    expect(await db.definition('hopeless')).toContain('`v` tinyint DEFAULT NULL');
  });

  test.each([
    ['a unique index', 'UNIQUE KEY (country)', "'DE'"],
    ['a check', "CHECK (country <> 'XX')", "'XX'"],
    ['a foreign key', 'FOREIGN KEY (country) REFERENCES lands (code)', "'XX'"],
  ])(
    'no writer is refused where %s would refuse the repair of its row, and each row has what its writer was told',
    async (_, rule, repair) => {
      await db.sql
        .query(`DROP TABLE IF EXISTS held, lands; CREATE TABLE lands (code CHAR(2) PRIMARY KEY); INSERT INTO lands VALUES ('DE');
        CREATE TABLE held (id INT PRIMARY KEY, country CHAR(2) NULL, n INT NOT NULL, ${rule}); INSERT INTO held VALUES (1, 'DE', 0), (2, NULL, 0), (3, NULL, 0)`);
      const migration = await requiring('held', repair);
      await migration.apply('expand');
      const told = new Map<number, unknown>([[1, 0]]);
      for (const id of [2, 3]) {
        await db.sql.query(`UPDATE held SET n = ${id} WHERE id = ${id}`);
        told.set(id, id);
      }
      await db.sql.query('UPDATE held SET id = 4 WHERE id = 3');
      told.set(4, told.get(3));
      told.delete(3);
      expect(await rows('SELECT id, n FROM held ORDER BY id')).toEqual([...told]);
      await migration.backfill(1);
      // They are a person's to mend.
      expect(await migration.ledger.walks.stubbornCount(migration.claim.migration)).toBe(2);
      expect(await rows('SELECT id, n FROM held ORDER BY id')).toEqual([...told]);
      await migration.undo('backfill', 'expand');
      expect(await rows("SHOW TRIGGERS LIKE 'held'")).toEqual([]);
    },
  );

  test('a trigger of the user’s that would fire at every row of the walk is named', async () => {
    await db.sql.query('CREATE TABLE logged (id INT PRIMARY KEY, country CHAR(2))');
    await db.sql.query('CREATE TRIGGER logs AFTER UPDATE ON logged FOR EACH ROW SET @x = 1');
    await expect(filling('logged', fill)).rejects.toThrow('the trigger logs fires at every UPDATE');
    await expect(requiring('logged', "'DE'")).rejects.toThrow('the trigger logs fires at every UPDATE');
  });
});
