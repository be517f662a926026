import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { InvalidSpec } from '../../../../engine/database/errors.ts';
import { usage } from '../../../../engine/dialects/mysql/usage.ts';
import { sqlParser } from '../../../../lambdas/runtime/sql-parser.ts';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { migrationUnderTest } from '../../migration-under-test.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { asReviewed } from './as-reviewed.ts';
import { freshName } from './fresh-name.ts';

const schema = `
SET SESSION foreign_key_checks = 0;
DROP TABLE IF EXISTS shop, part, use_of, aside;
DROP VIEW IF EXISTS labels;
DROP PROCEDURE IF EXISTS relabel;
SET SESSION foreign_key_checks = 1;
CREATE TABLE shop (id INT PRIMARY KEY);
CREATE TABLE part (
  id INT NOT NULL PRIMARY KEY,
  shop_id INT NULL,
  tag VARCHAR(20) NOT NULL,
  note VARCHAR(20) NULL,
  kind VARCHAR(9) NOT NULL DEFAULT 'x',
  half INT NULL,
  total INT GENERATED ALWAYS AS (half + 1) VIRTUAL,
  code INT NULL,
  worth INT NULL,
  seen DATETIME NULL,
  KEY by_note (note),
  KEY combined (kind, note(4) DESC),
  UNIQUE KEY pair (tag, note),
  UNIQUE KEY code (code),
  UNIQUE KEY twice ((worth * 2)),
  CONSTRAINT of_shop FOREIGN KEY (shop_id) REFERENCES shop (id),
  CONSTRAINT kind_known CHECK (kind <> 'none')
);
CREATE TABLE use_of (id INT PRIMARY KEY, code INT, CONSTRAINT of_code FOREIGN KEY (code) REFERENCES part (code));
CREATE TRIGGER seen_now BEFORE INSERT ON part FOR EACH ROW SET NEW.seen = NOW();
INSERT INTO shop VALUES (1);
INSERT INTO part (id, shop_id, tag, note) VALUES (1, 1, 'a', 'n'), (2, NULL, 'a', 'm');`;

describe.skipIf(!hasMysql())('farewell on MySQL', () => {
  let db: MysqlUnderTest;
  beforeAll(async () => {
    db = await mysqlUnderTest();
  });
  afterAll(() => db.close());
  beforeEach(() => db.sql.query(schema));

  type Change = Readonly<Record<string, unknown>>;
  const plan = (table: string, change: Change, name = freshName()) =>
    migrationUnderTest(db.database, name, { table: `${db.schema}.${table}`, change });
  const dropping = (column: string, more: Change = {}, name = freshName()) =>
    plan('part', { kind: 'drop-column', column, ...more }, name);

  test('the SQL of drop-column is as it was reviewed', async () => {
    asReviewed((await dropping('tag', { default: "'none'" }, 'drop-column')).plan, db.schema);
  });

  test('the SQL of drop-table is as it was reviewed', async () => {
    asReviewed((await plan('use_of', { kind: 'drop-table' }, 'drop-table')).plan, db.schema);
  });

  test.each([
    ['id', /belongs to the primary key/],
    ['nota', /Did you mean "note"/],
    ['code', /is what a foreign key refers to: foreign key of_code of .*\.use_of/],
    ['kind', /check kind_known uses part\.kind/],
    ['half', /generated column total uses part\.half/],
    ['worth', /index twice, which computes with it, uses part\.worth/],
    ['seen', /trigger seen_now uses part\.seen.*Its writes would fail from the quarantine on/],
  ])('what uses %s is refused by name, before anything is touched', async (column, why) => {
    const before = await db.definition('part');
    const refused = dropping(column);
    await expect(refused).rejects.toThrow(InvalidSpec);
    await expect(refused).rejects.toThrow(why);
    expect(await db.definition('part')).toBe(before);
  });

  test('an index that a foreign key needs does not go with a column behind its own', async () => {
    await db.sql.query('ALTER TABLE part ADD KEY wide (shop_id, note), DROP KEY of_shop');
    await expect(dropping('note')).rejects.toThrow(/foreign key of_shop, by the index wide, uses part\.note/);
  });

  test('the quarantine fails whoever names the column, and brings every value back, written before or in the meantime', async () => {
    const before = await db.definition('part');
    const migration = await dropping('note');
    await db.sql.query("UPDATE part SET note = 'late' WHERE id = 1");
    await migration.apply('quarantine');
    await migration.apply('quarantine');
    await expect(db.sql.query('SELECT note FROM part')).rejects.toMatchObject({ errno: 1054 });
    await db.sql.query("INSERT INTO part (id, tag) VALUES (3, 'b')");
    await migration.undo('quarantine');
    expect(await db.definition('part')).toBe(before);
    expect(await db.value("SELECT GROUP_CONCAT(COALESCE(note, '-') ORDER BY id) FROM part")).toBe('late,m,-');
    await migration.ledger.close(migration.claim, 'rolled-back');
  });

  test('the contract drops every index with the column, and none of them is kept without it', async () => {
    const migration = await dropping('note');
    const listed = migration.plan.warnings.filter((warning) =>
      warning.startsWith('the contract drops with it'),
    );
    expect(listed.join('\n')).toMatch(/index by_note .*\n.*index combined .*\n.*unique index pair /);
    await migration.apply('quarantine', 'contract');
    await migration.apply('contract');
    expect(await db.definition('part')).not.toMatch(/note|by_note|combined|pair/);
    // Rows that the unique index told apart by the column alone are both there.
    expect(await db.value('SELECT COUNT(*) FROM part')).toBe(2);
  });

  test('a foreign key of the column holds through the quarantine, and goes with it in the contract', async () => {
    await db.sql.query(`ALTER TABLE shop ADD COLUMN floor INT NOT NULL DEFAULT 1, ADD KEY (id, floor);
      ALTER TABLE part ADD COLUMN floor INT DEFAULT 1, ADD KEY by_floor (shop_id, floor), ADD KEY on_floor (floor)`);
    await db.sql.query(
      'SET SESSION restrict_fk_on_non_standard_key = 0; ALTER TABLE part ADD CONSTRAINT of_both FOREIGN KEY (shop_id, floor) REFERENCES shop (id, floor)',
    );
    const before = await db.definition('part');
    const migration = await dropping('shop_id');
    expect(migration.plan.warnings.join('\n')).toMatch(
      /the contract drops with it.*foreign key of_both .*\n.*foreign key of_shop \(`shop_id`\) REFERENCES .*`shop` \(`id`\)/u,
    );
    const holds = () => expect(db.sql.query('DELETE FROM shop')).rejects.toMatchObject({ errno: 1451 });
    await migration.apply('quarantine');
    await holds();
    await migration.undo('quarantine');
    expect(await db.definition('part')).toBe(before);
    await migration.apply('quarantine', 'contract');
    await migration.apply('contract');
    const after = await db.definition('part');
    expect(after).not.toMatch(/FOREIGN KEY|shop_id|by_floor/u);
    expect(after).toContain('KEY `on_floor` (`floor`)');
    await db.sql.query('DELETE FROM shop');
  });

  test('a NOT NULL column without a default may be left out from expand on, and is as before after the undo', async () => {
    const before = await db.definition('part');
    const without = (id: number) => db.sql.query(`INSERT INTO part (id) VALUES (${id})`);
    await expect(without(7)).rejects.toMatchObject({ errno: 1364 });
    const withDefault = await dropping('tag', { default: "'none'" });
    await withDefault.apply('expand');
    await without(7);
    expect(await db.value('SELECT tag FROM part WHERE id = 7')).toBe('none');
    await withDefault.undo('expand');
    await withDefault.ledger.close(withDefault.claim, 'rolled-back');
    await expect(without(8)).rejects.toMatchObject({ errno: 1364 });
    expect(await db.definition('part')).toBe(before);
    const withNull = await dropping('tag');
    await withNull.apply('expand');
    await without(8);
    await expect(withNull.undo('expand')).rejects.toMatchObject({ name: 'RowRefused' });
    await db.sql.query('DELETE FROM part WHERE id = 8');
    await withNull.undo('expand');
    await withNull.ledger.close(withNull.claim, 'rolled-back');
    expect(await db.definition('part')).toBe(before);
  });

  test.each([
    ['TEXT', "'none'"],
    ['BLOB', "'none'"],
    ['JSON', "'[]'"],
  ])('%s takes no literal for a default, and may be left out all the same', async (type, otherwise) => {
    await db.sql.query(
      `DROP TABLE IF EXISTS wordy; CREATE TABLE wordy (id INT PRIMARY KEY, w ${type} NOT NULL)`,
    );
    const before = await db.definition('wordy');
    const migration = await migrationUnderTest(db.database, freshName(), {
      table: `${db.schema}.wordy`,
      change: { kind: 'drop-column', column: 'w', default: otherwise },
    });
    await migration.apply('expand');
    await db.sql.query(`INSERT INTO wordy (id) VALUES (1)`);
    expect(await db.value(`SELECT CAST(w AS CHAR) = CAST(${otherwise} AS CHAR) FROM wordy`)).toBe(1);
    await migration.undo('expand');
    expect(await db.definition('wordy')).toBe(before);
    await migration.ledger.close(migration.claim, 'rolled-back');
  });

  test('whoever may mean the column or the table keeps the contract gate shut', async () => {
    await db.sql.query(`CREATE VIEW labels AS SELECT note AS label FROM part;
      CREATE PROCEDURE relabel() UPDATE part SET note = 'x' WHERE id = 1`);
    const used = async (columns: readonly string[]) => {
      const table = { schema: db.schema, name: 'part' };
      return (await usage(db.database, { table, columns }).catalog(await sqlParser())).dependents;
    };
    const both = [`procedure ${db.schema}.relabel`, `view ${db.schema}.labels`];
    expect((await used(['note'])).toSorted()).toEqual(both);
    expect((await used([])).toSorted()).toEqual(both);
    expect((await dropping('note')).plan.warnings.join('\n')).toMatch(
      /procedure .*\.relabel mentions note.*\n.*view .*\.labels mentions note/,
    );
  });

  test('a table is out of sight with its rows, keys and triggers, and back by one statement; then it is gone', async () => {
    await db.sql.query('DROP TABLE use_of');
    const before = await db.definition('part');
    const migration = await plan('part', { kind: 'drop-table' });
    await migration.apply('quarantine');
    await migration.apply('quarantine');
    await expect(db.sql.query('SELECT 1 FROM part')).rejects.toMatchObject({ errno: 1146 });
    await migration.undo('quarantine');
    await migration.undo('quarantine');
    expect(await db.definition('part')).toBe(before);
    await db.sql.query("INSERT INTO part (id, tag) VALUES (9, 'z')");
    expect(await db.value('SELECT COUNT(seen) FROM part')).toBe(3);
    await migration.apply('quarantine', 'contract');
    await migration.apply('contract');
    expect(
      await db.value(
        "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name LIKE '%part%'",
      ),
    ).toBe(0);
    expect(await db.value('SELECT COUNT(*) FROM shop')).toBe(1);
  });

  test('a table that others refer to or read is refused by name', async () => {
    await db.sql.query('CREATE VIEW labels AS SELECT note AS label FROM part');
    const refused = plan('part', { kind: 'drop-table' });
    await expect(refused).rejects.toThrow(/foreign key of_code of .*\.use_of refers to .*\.part/);
    await expect(refused).rejects.toThrow(/view .*\.labels reads .*\.part/);
    await db.sql.query('CREATE TABLE underpin_quarantined_use_of (id INT)');
    await expect(plan('use_of', { kind: 'drop-table' })).rejects.toThrow(
      'there is a relation or a constraint called underpin_quarantined_use_of already',
    );
    await db.sql.query('DROP TABLE underpin_quarantined_use_of');
  });

  test('an answer that is lost after the server has done it changes nothing the second time', async () => {
    const migration = await dropping('note');
    let lost = 0;
    const end = db.api.faults.when(({ body }) =>
      JSON.stringify(body).includes('RENAME COLUMN') && (lost += 1) === 1
        ? { when: 'dropAfterCommit' }
        : undefined,
    );
    await migration.apply('quarantine');
    end();
    expect(lost).toBeGreaterThanOrEqual(1);
    await migration.undo('quarantine');
    expect(await db.value('SELECT COUNT(note) FROM part')).toBe(2);
    await migration.ledger.close(migration.claim, 'rolled-back');
  });

  test('a rename that somebody else has made before is an error, and is not taken for ours', async () => {
    const migration = await dropping('note');
    await db.sql.query('ALTER TABLE part RENAME COLUMN note TO remark');
    await expect(migration.apply('quarantine')).rejects.toMatchObject({ name: 'StatementRefused' });
    expect(await db.definition('part')).toContain('`remark`');
  });
});
