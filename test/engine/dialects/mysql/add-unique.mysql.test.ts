import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InvalidSpec } from '../../../../engine/database/errors.ts';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { meantKeys } from '../../meant-keys.ts';
import { migrationUnderTest } from '../../migration-under-test.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { asReviewed } from './as-reviewed.ts';
import { freshName } from './fresh-name.ts';

// unique-late-duplicate, trailing-space-pad and collation-merges-case of the known failures of others.
const schema = `
CREATE TABLE subscriber (
  id    BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  email VARCHAR(190) NOT NULL,
  plan  VARCHAR(20) NOT NULL
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_0900_ai_ci;
INSERT INTO subscriber VALUES (1, 'ada@example.test', 'gold'), (2, 'brook@example.test', 'free');
CREATE TABLE label (
  id   INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name VARCHAR(64) COLLATE utf8mb4_0900_ai_ci NOT NULL,
  pad  VARCHAR(64) COLLATE utf8mb4_general_ci NOT NULL,
  bare VARCHAR(64) COLLATE utf8mb4_0900_bin NOT NULL,
  day  DATE NULL
);
INSERT INTO label VALUES (1, 'linux', 'a', 'a', '2022-11-05'), (2, 'Linux ', 'a ', 'A', '2022-11-05'), (3, 'mac', 'm', 'm', NULL),
  (4, 'líNux', 'x', 'Á', '2022-11-06'), (5, 'win', 'y', 'á', NULL);
CREATE TABLE link (a_id INT NULL, b_id INT NULL, weight INT NOT NULL, body TEXT NULL, doc JSON NULL);
INSERT INTO link VALUES (1, 1, 10, 'x', NULL), (1, 2, 20, 'x', NULL), (NULL, 7, 30, 'x', NULL), (NULL, 7, 30, 'x', NULL), (1, 1, 40, 'x', NULL);`;

describe.skipIf(!hasMysql())('add-unique on MySQL', () => {
  let db: MysqlUnderTest;
  beforeAll(async () => {
    db = await mysqlUnderTest(schema);
  });
  afterAll(() => db.close());

  /** Without the number that an inserted row has drawn. */
  const definition = async (table: string) =>
    (await db.definition(table)).replace(/ AUTO_INCREMENT=\d+/u, '');
  const plan = (table: string, columns: string | readonly string[], name = freshName()) =>
    migrationUnderTest(db.database, name, {
      table: `${db.schema}.${table}`,
      change: { kind: 'add-unique', name: `uq_${table}`, columns },
    });

  test('its SQL is as it was reviewed', async () => {
    asReviewed((await plan('subscriber', ['email', 'plan'], 'add-unique')).plan, db.schema);
  });

  test('equal rows are refused once it stands, and not when it is undone', async () => {
    const before = await definition('subscriber');
    const migration = await plan('subscriber', 'email');
    await migration.apply('verify');
    await migration.apply('verify');
    expect(await definition('subscriber')).toContain('UNIQUE KEY `uq_subscriber` (`email`)');
    await expect(
      db.sql.query("INSERT INTO subscriber VALUES (9, 'ADA@example.test', 'x')"),
    ).rejects.toMatchObject({ errno: 1062 });
    await migration.undo('verify');
    expect(await definition('subscriber')).toBe(before);
    await migration.ledger.close(migration.claim, 'rolled-back');
  });

  test('an equal row that comes after the plan makes the build fail, and leaves nothing behind', async () => {
    const before = await definition('subscriber');
    const migration = await plan('subscriber', 'email');
    await db.sql.query("INSERT INTO subscriber VALUES (3, 'ada@example.test', 'trial')");
    const failed = migration.apply('verify');
    await expect(failed).rejects.toMatchObject({ name: 'RowRefused' });
    // What the row holds is not said.
    await expect(failed).rejects.toThrow(
      /^cannot build uq_subscriber: a row refused the change \(SQLSTATE 23000\/1062\)$/,
    );
    expect(await definition('subscriber')).toBe(before);
    expect(await db.value('SELECT GROUP_CONCAT(id ORDER BY id) FROM subscriber')).toBe('1,2,3');
    await migration.undo('verify');
    expect(await definition('subscriber')).toBe(before);
    await db.sql.query('DELETE FROM subscriber WHERE id = 3');
    await migration.ledger.close(migration.claim, 'rolled-back');
  });

  test('writers go on while it is built, and an equal row of theirs ends it', async () => {
    await db.sql.query(
      `CREATE TABLE busy (id INT PRIMARY KEY AUTO_INCREMENT, code INT NOT NULL, pad CHAR(200) NOT NULL DEFAULT 'x');
       SET SESSION cte_max_recursion_depth = 1000000;
       INSERT INTO busy (code) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000) SELECT i FROM n;
       SET SESSION cte_max_recursion_depth = DEFAULT`,
    );
    const before = await definition('busy');
    const migration = await plan('busy', 'code');
    const over = new AbortController();
    const writer = await db.connect();
    let next = 0;
    const written = (async () => {
      while (!over.signal.aborted) await writer.query(`INSERT INTO busy (code) VALUES (${(next -= 1)})`);
    })();
    await migration.apply('verify');
    over.abort();
    await written;
    // Every write of theirs is there, and each once.
    expect(await db.value('SELECT COUNT(*) FROM busy WHERE code < 0')).toBe(-next);
    await migration.undo('verify');
    await migration.ledger.close(migration.claim, 'rolled-back');
    const again = await plan('busy', 'code');
    await db.sql.query('UPDATE busy SET code = 1 WHERE code = 2');
    await expect(again.apply('verify')).rejects.toMatchObject({ name: 'RowRefused' });
    expect(await definition('busy')).toBe(before);
  });

  test.each([
    ['label', 'name', '2 rows break it', ['1', '4']],
    ['label', 'pad', '2 rows break it', ['1', '2']],
    ['label', ['day', 'pad'], '2 rows break it', ['1', '2']],
    // Rows without a key have no name.
    ['link', ['a_id', 'b_id'], '2 rows break it', []],
  ] as const)(
    'rows of %s that are equal in %s by its collation are counted and shown by their keys first',
    async (table, columns, says, rows) => {
      const before = await definition(table);
      const refused = plan(table, columns);
      await expect(refused).rejects.toThrow(InvalidSpec);
      await expect(refused).rejects.toThrow(says);
      await expect(refused).rejects.toMatchObject({ problems: [{ waitsFor: 'database' }] });
      expect(await meantKeys(refused)).toEqual([rows]);
      expect(await definition(table)).toBe(before);
      // The query that finds them is one.
      const query = await refused.then(
        () => '',
        (error: unknown) =>
          /This finds them: (?<query>SELECT .*?> 1)/su.exec(error instanceof Error ? error.message : '')
            ?.groups?.['query'] ?? '',
      );
      const [found] = await db.sql.query(query);
      expect(found).toHaveLength(2);
    },
  );

  test.each([
    ['label', 'bare'],
    ['label', ['day', 'bare']],
  ] as const)('rows of %s that %s makes different, or a NULL, are not equal', async (table, columns) => {
    const migration = await plan(table, columns);
    await migration.apply('verify');
    await migration.undo('verify');
    await migration.ledger.close(migration.claim, 'rolled-back');
  });

  test.each([
    ['link', 'body', /BLOB\/TEXT column 'body' used in key specification without a key length/],
    ['link', 'doc', /JSON column 'doc' supports indexing only via generated columns/],
    ['link', 'nothing', /has no column "nothing"/],
  ] as const)('%s by %s is refused in the database’s words', async (table, column, why) => {
    await expect(plan(table, column)).rejects.toThrow(why);
  });

  test('an index that somebody else has built under its name is not taken for it', async () => {
    const migration = await plan('label', 'bare');
    await db.sql.query('CREATE INDEX uq_label ON label (bare)');
    await expect(migration.apply('verify')).rejects.toMatchObject({ name: 'StatementRefused' });
    expect(await db.definition('label')).toContain('  KEY `uq_label` (`bare`)');
  });
});
