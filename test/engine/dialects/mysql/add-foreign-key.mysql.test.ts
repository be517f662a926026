import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { InvalidSpec, LockNotAcquired, StatementRefused } from '../../../../engine/database/errors.ts';
import { briefCall } from '../../../../engine/dialects/mysql/units.ts';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { meantKeys } from '../../meant-keys.ts';
import { migrationUnderTest, type MigrationUnderTest } from '../../migration-under-test.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { asReviewed } from './as-reviewed.ts';
import { freshName } from './fresh-name.ts';

const schema = `
CREATE TABLE team (
  id INT PRIMARY KEY, code VARCHAR(20) COLLATE utf8mb4_0900_ai_ci NOT NULL UNIQUE, city INT NOT NULL, area INT NOT NULL,
  UNIQUE KEY by_place (city, area), KEY by_area (area)
);
CREATE TABLE member (
  id INT AUTO_INCREMENT PRIMARY KEY, team_id INT NULL, team_code VARCHAR(10) COLLATE utf8mb4_0900_ai_ci NULL, big BIGINT NULL,
  other VARCHAR(10) COLLATE utf8mb4_0900_ai_ci NULL, bare VARCHAR(10) COLLATE utf8mb4_bin NULL, must INT NOT NULL DEFAULT 1, city INT NULL, area INT NULL, alone INT NULL,
  KEY by_team (team_id), KEY by_code (team_code), KEY by_prefix (other(3)), KEY by_bare (bare), KEY by_big (big), KEY by_must (must), KEY by_place (city, area)
);
CREATE TABLE keyless (team_id INT NULL, KEY (team_id));
CREATE TABLE spread (id INT PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 2;
CREATE TABLE elsewhere (id INT PRIMARY KEY, team_id INT NULL, CONSTRAINT taken FOREIGN KEY (team_id) REFERENCES team (id));
INSERT INTO team VALUES (1, 'Red', 1, 1), (2, 'Blue', 1, 2);`;

type Keys = Readonly<Record<string, unknown>> & { readonly references?: string };

describe.skipIf(!hasMysql())('add-foreign-key on MySQL', () => {
  let db: MysqlUnderTest;
  beforeAll(async () => {
    db = await mysqlUnderTest(schema);
  });
  afterAll(() => db.close());

  let pristine = '';
  beforeEach(async () => {
    await db.sql.query(
      `DELETE FROM member; INSERT INTO member (id, team_id, team_code, city, area) VALUES (1, 1, 'red', 1, 1), (2, 2, 'BLUE', 9, NULL), (3, NULL, NULL, NULL, 9)`,
    );
    pristine = await definition();
  });

  /** Without the number that an inserted row has drawn. */
  const definition = async () => (await db.definition('member')).replace(/ AUTO_INCREMENT=\d+/u, '');
  const change = (keys: Readonly<Record<string, unknown>> = {}) => ({
    kind: 'add-foreign-key',
    name: 'member_of_team',
    columns: 'team_id',
    references: `${db.schema}.team`,
    referencedColumns: 'id',
    ...keys,
  });
  const plan = (keys: Readonly<Record<string, unknown>> = {}, name = freshName(), table = 'member') =>
    migrationUnderTest(db.database, name, { table: `${db.schema}.${table}`, change: change(keys) });
  const end = async (migration: MigrationUnderTest) => {
    await migration.undo('verify', 'expand');
    expect(await definition()).toBe(pristine);
    await migration.ledger.close(migration.claim, 'rolled-back');
  };
  const insert = (columns: string, values: string) =>
    db.sql.query(`INSERT INTO member (${columns}) VALUES (${values})`);
  const begun = (migration: MigrationUnderTest) =>
    db.value(`SELECT COUNT(*) FROM underpin.begun WHERE migration = '${migration.claim.migration}'`);

  test('its SQL is as it was reviewed', async () => {
    asReviewed((await plan({ onDelete: 'cascade' }, 'add-foreign-key')).plan, db.schema);
  });

  test('with a repair, rows that refer to nothing are set right beside the traffic, and every row is compared', async () => {
    await insert('id, team_id, other', "4, 70, 'old'");
    await insert('id, team_id, other', "5, 71, 'old'");
    const migration = await plan({ repair: { column: 'team_id', to: "IF(other = 'old', NULL, 1)" } });
    await migration.apply('expand');
    await expect(insert('team_id', '72')).rejects.toMatchObject({ errno: 1452 });
    // A row that refers to nothing can be written meanwhile, in its other columns and to somewhere.
    await db.sql.query(
      "UPDATE member SET other = 'new' WHERE id = 4; UPDATE member SET team_id = 2 WHERE id = 5",
    );
    expect(await migration.mismatches()).toBe(1);
    expect(await migration.backfill(1)).toMatchObject({ changed: 1 });
    expect(await migration.mismatches()).toBe(0);
    expect(
      await db.value('SELECT GROUP_CONCAT(CONCAT(id, COALESCE(team_id, 0)) ORDER BY id) FROM member'),
    ).toBe('11,22,30,41,52');
    await migration.apply('verify');
    expect(
      await db.value(
        `SELECT COUNT(*) FROM information_schema.routines WHERE routine_schema = 'underpin' AND routine_name LIKE '%${migration.claim.migration}'`,
      ),
    ).toBe(0);
    await end(migration);
  });

  test('a repair that refers to nothing again leaves the row and its key to a person', async () => {
    await insert('id, team_id', '4, 70');
    const migration = await plan({ repair: { column: 'team_id', to: '99' } });
    await migration.apply('expand');
    await migration.backfill(1).catch(() => {});
    expect(await migration.mismatches()).toBe(1);
    expect(await db.value('SELECT team_id FROM member WHERE id = 4')).toBe(70);
    await end(migration);
  });

  test('holds for new rows at once, every other is compared, and it is gone when it is undone', async () => {
    const migration = await plan({ onDelete: 'cascade', onUpdate: 'restrict' });
    await migration.apply('expand');
    await migration.apply('expand');
    expect(await definition()).toContain(
      'CONSTRAINT `member_of_team` FOREIGN KEY (`team_id`) REFERENCES `team` (`id`) ON DELETE CASCADE ON UPDATE RESTRICT',
    );
    await expect(insert('team_id', '7')).rejects.toMatchObject({ errno: 1452 });
    expect(await migration.mismatches()).toBe(0);
    await migration.apply('verify');
    expect(await migration.walk('check', { purpose: 'verify', n: 9 })).toMatchObject({ rows: 3 });
    await end(migration);
    await insert('team_id', '7');
  });

  test.each([
    ['of text, as its collation compares', { columns: 'team_code', referencedColumns: 'code' }],
    [
      'of several columns, of which one may be NULL',
      { columns: ['city', 'area'], referencedColumns: ['city', 'area'] },
    ],
    ['to the table itself', { columns: 'team_id', referencedColumns: 'id', references: 'member' }],
  ])('a key %s: every row is compared as MySQL checks it', async (_, keys: Keys) => {
    const references = `${db.schema}.${keys.references ?? 'team'}`;
    const migration = await plan({ ...keys, references });
    await migration.apply('expand');
    expect(await migration.mismatches()).toBe(0);
    await end(migration);
  });

  test('a row that is written between the count and the key is found by the comparison', async () => {
    const migration = await plan();
    await insert('id, team_id', '4, 7');
    await migration.apply('expand');
    // MySQL says nothing of it, and lets its other columns be written.
    await db.sql.query("UPDATE member SET team_code = 'red' WHERE id = 4");
    expect(await migration.mismatches()).toBe(1);
    await end(migration);
  });

  test('rows that refer to nothing are counted and shown by their keys first', async () => {
    await insert('id, team_id', '4, 7');
    await insert('id, team_id', '5, 8');
    const refused = plan();
    await expect(refused).rejects.toThrow(InvalidSpec);
    await expect(refused).rejects.toThrow(/2 rows break it/u);
    await expect(refused).rejects.toMatchObject({ problems: [{ waitsFor: 'database' }] });
    expect(await meantKeys(refused)).toEqual([['4', '5']]);
    const query = await refused.then(
      () => '',
      (error: unknown) =>
        /This finds them: (?<query>SELECT .*\))/u.exec(String(error))?.groups?.['query'] ?? '',
    );
    expect(await db.sql.query(query)).toMatchObject([[{ id: 4 }, { id: 5 }], expect.anything()]);
    expect(await definition()).toBe(pristine);
  });

  test('waits for a row of the other table that is being deleted, so that none can go unseen', async () => {
    const migration = await plan();
    const writer = await db.connect();
    await writer.query('START TRANSACTION; DELETE FROM team WHERE id = 2');
    await expect(migration.applyOnce('expand')).rejects.toThrow(LockNotAcquired);
    // Nothing of it stands, and so a key of that name is somebody else's from here on.
    expect([await definition(), await begun(migration)]).toEqual([pristine, 0]);
    await writer.query('ROLLBACK');
    await db.sql.query(
      'ALTER TABLE member ADD CONSTRAINT member_of_team FOREIGN KEY (must) REFERENCES team (id)',
    );
    await expect(migration.applyOnce('expand')).rejects.toThrow(StatementRefused);
    await migration.undo('expand');
    expect(await definition()).toContain('CONSTRAINT `member_of_team` FOREIGN KEY (`must`)');
    await db.sql.query('ALTER TABLE member DROP FOREIGN KEY member_of_team');
    await end(migration);
  });

  test('a key that was added when the server died before its mark is marked by the next attempt', async () => {
    const migration = await plan();
    const { migration: name } = migration.claim;
    await migration.ledger.enterPhase(migration.claim, 'expand');
    await db.sql.query(
      `INSERT INTO underpin.begun (migration, phase, direction, unit) VALUES ('${name}', 'expand', 'run', 1);
       SET SESSION foreign_key_checks = 0;
       ALTER TABLE member ADD CONSTRAINT member_of_team FOREIGN KEY (team_id) REFERENCES team (id);
       SET SESSION foreign_key_checks = 1`,
    );
    await migration.apply('expand');
    expect(await begun(migration)).toBe(0);
    await end(migration);
  });

  test('its session checks foreign keys again, whether the unit was done or refused', async () => {
    const migration = await plan();
    await migration.ledger.enterPhase(migration.claim, 'expand');
    const checks = () => db.value('SELECT @@SESSION.foreign_key_checks');
    const place = { ...migration.claim, phase: 'expand', direction: 'run' } as const;
    const unit = (sql: string, at: number) =>
      db.sql.query(
        briefCall({ ...place, unit: at }, { statements: ['SET SESSION foreign_key_checks = 0', sql] }, 1000)
          .text,
      );
    await expect(unit(`ALTER TABLE ${db.schema}.nothing ADD COLUMN a INT`, 8)).rejects.toMatchObject({
      errno: 1146,
    });
    expect(await checks()).toBe(1);
    await unit('DO 0', 9);
    expect(await checks()).toBe(1);
    await end(migration);
  });

  test('a table with a trigger on UPDATE can have one: no row is written', async () => {
    await db.sql.query('CREATE TRIGGER theirs BEFORE UPDATE ON member FOR EACH ROW SET NEW.alone = 1');
    const migration = await plan();
    await migration.apply('expand');
    expect(await migration.mismatches()).toBe(0);
    await end(migration);
    await db.sql.query('DROP TRIGGER theirs');
  });

  test.each([
    ['types that differ', { columns: 'big' }, /column 'big' and referenced column 'id' .* are incompatible/u],
    ['collations that differ', { columns: 'bare', referencedColumns: 'code' }, /are incompatible/u],
    ['columns that are no unique key', { columns: 'must', referencedColumns: 'area' }, /Missing unique key/u],
    ['a half of a unique key', { columns: 'must', referencedColumns: 'city' }, /Missing unique key/u],
    ['a table that is not there', { references: 'missing' }, /Table '.*\.missing' doesn't exist/u],
    ['a partitioned table', { references: 'spread' }, /not yet supported in conjunction with partitioning/u],
    ['a column that is not there', { columns: 'nope' }, /has no column "nope"/u],
    [
      'SET NULL of a column that is NOT NULL',
      { columns: 'must', onDelete: 'set null' },
      /cannot be NOT NULL/u,
    ],
    ['SET DEFAULT', { onDelete: 'set default' }, /then refuses the DELETE or UPDATE, as RESTRICT does/u],
    [
      'columns without an index',
      { columns: 'alone' },
      /no index of .* begins with alone: MySQL builds one by itself/u,
    ],
    [
      'an index in another order',
      { columns: ['area', 'city'], referencedColumns: ['city', 'area'] },
      /whole and in this order/u,
    ],
    [
      'an index over beginnings of values',
      { columns: 'other', referencedColumns: 'code' },
      /whole and in this order/u,
    ],
    ['a name that a key of another table has', { name: 'taken' }, /is called "taken" already/u],
    [
      'a repair by rows of its own table',
      { references: 'member', repair: { column: 'team_id', to: 'NULL' } },
      /no UPDATE of MySQL reads the table that it writes/u,
    ],
  ] satisfies readonly (readonly [string, Keys, RegExp])[])(
    '%s: refused first, and nothing is left',
    async (_, keys: Keys, why) => {
      const references = `${db.schema}.${keys.references ?? 'team'}`;
      await expect(plan({ ...keys, references })).rejects.toThrow(why);
      expect(await definition()).toBe(pristine);
    },
  );

  test('rows without a key cannot be walked', async () => {
    await expect(plan({}, freshName(), 'keyless')).rejects.toThrow(/has no primary key and no unique index/u);
  });
});

describe.skipIf(!hasMysql())('add-check on MySQL', () => {
  test('is refused with the reason, before any database is asked', async () => {
    const db = await mysqlUnderTest('CREATE TABLE orders (id INT PRIMARY KEY, amount INT)');
    try {
      const asked = migrationUnderTest(db.database, freshName(), {
        table: `${db.schema}.orders`,
        change: { kind: 'add-check', name: 'amount_positive', check: 'amount >= 0' },
      });
      await expect(asked).rejects.toThrow(/a check cannot be added beside the traffic: .*1845/u);
      // What the reason says of the server is so.
      for (const action of ['ADD CONSTRAINT c CHECK (amount >= 0)', 'ALTER CHECK d ENFORCED']) {
        await db.sql
          .query('ALTER TABLE orders ADD CONSTRAINT d CHECK (amount >= 0) NOT ENFORCED')
          .catch(() => {});
        await expect(
          db.sql.query(`ALTER TABLE orders ${action}, ALGORITHM = INPLACE, LOCK = NONE`),
        ).rejects.toMatchObject({ errno: 1845 });
      }
    } finally {
      await db.close();
    }
  });
});
