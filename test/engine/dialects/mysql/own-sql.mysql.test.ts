import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InvalidSpec, RowRefused, StatementRefused } from '../../../../engine/database/errors.ts';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { migrationUnderTest } from '../../migration-under-test.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { asReviewed } from './as-reviewed.ts';
import { freshName } from './fresh-name.ts';

const schema = `
CREATE TABLE team (id INT PRIMARY KEY);
CREATE TABLE item (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, team INT NULL, state VARCHAR(10) NOT NULL DEFAULT 'new', hits INT NOT NULL DEFAULT 0,
  KEY by_state (state), KEY by_team (team), CONSTRAINT of_team FOREIGN KEY (team) REFERENCES team (id), CONSTRAINT few CHECK (hits < 1000));
INSERT INTO team VALUES (1); INSERT INTO item (team) VALUES (1), (1), (NULL);
CREATE TABLE note (id INT PRIMARY KEY, body VARCHAR(40));`;

describe.skipIf(!hasMysql())('an author’s own statements on MySQL', () => {
  let db: MysqlUnderTest;
  beforeAll(async () => {
    db = await mysqlUnderTest(schema);
  });
  afterAll(() => db.close());

  /** \`shop.\` stands for the test's database. */
  const plan = (change: Readonly<Record<string, unknown>>, { table = 'item', name = freshName() } = {}) =>
    migrationUnderTest(db.database, name, {
      table: `${db.schema}.${table}`,
      change: JSON.parse(JSON.stringify({ kind: 'sql', ...change }).replaceAll('shop.', `${db.schema}.`)),
    });
  const linesOf = (definition: string) =>
    definition
      .replaceAll(/,$| AUTO_INCREMENT=\d+/gmu, '')
      .split('\n')
      .toSorted();
  const before = new Map<string, readonly string[]>();
  const items = async () => linesOf(await db.definition('item'));

  const back = [
    [
      "ALTER TABLE shop.item ALTER COLUMN state SET DEFAULT 'open'",
      "ALTER TABLE shop.item ALTER state SET DEFAULT 'new'",
    ],
    ["ALTER TABLE shop.item COMMENT = 'it''s; what'", "ALTER TABLE shop.item COMMENT = ''"],
    [
      'ALTER TABLE shop.item RENAME INDEX by_state TO of_state',
      'ALTER TABLE shop.item RENAME KEY of_state TO by_state',
    ],
    [
      'ALTER TABLE shop.item ALTER INDEX by_state INVISIBLE',
      'ALTER TABLE shop.item ALTER INDEX by_state VISIBLE',
    ],
    ['ALTER TABLE shop.item ADD COLUMN size INT NULL', 'ALTER TABLE shop.item DROP COLUMN size'],
    ['ALTER TABLE shop.item ADD INDEX by_hits (hits, state)', 'ALTER TABLE shop.item DROP INDEX by_hits'],
  ] as const;

  test.each(back)('%s is done and undone, each once however often it is sent', async (run, undo) => {
    before.set('item', await items());
    const migration = await plan({ run, undo });
    const [phase] =
      migration.plan.phases.expand === undefined ? (['verify'] as const) : (['expand'] as const);
    await migration.apply(phase);
    await migration.apply(phase);
    expect(await items()).not.toEqual(before.get('item'));
    await migration.undo(phase);
    await migration.undo(phase);
    expect(await items()).toEqual(before.get('item'));
    await migration.ledger.close(migration.claim, 'rolled-back');
  });

  test('what an empty copy does not have goes in place', async () => {
    const migration = await plan({
      run: ['ALTER TABLE shop.item DROP FOREIGN KEY of_team', 'ALTER TABLE shop.item DROP CHECK few'],
      undo: { irreversible: 'nobody wants them' },
    });
    await migration.apply('contract');
    await migration.apply('contract');
    expect((await items()).join()).not.toMatch(/of_team|few/u);
    await migration.ledger.close(migration.claim, 'completed');
  });

  test('an undo that finds nothing of what was never made takes away the rest', async () => {
    const migration = await plan(
      {
        run: [
          'ALTER TABLE shop.note ADD COLUMN a INT NULL',
          { sql: 'UPDATE shop.note SET body = (SELECT 1 FROM shop.nowhere)', unsafe: 'it is refused' },
          'ALTER TABLE shop.note ADD COLUMN b INT NULL',
          'CREATE TABLE shop.made (id INT PRIMARY KEY)',
        ],
        undo: [
          'DROP TABLE shop.made',
          'ALTER TABLE shop.note DROP COLUMN b',
          'ALTER TABLE shop.note DROP COLUMN a',
        ],
      },
      { table: 'note' },
    );
    await expect(migration.apply('expand')).rejects.toThrow(StatementRefused);
    expect(await db.definition('note')).toContain('`a`');
    await migration.undo('expand');
    expect(await db.definition('note')).not.toContain('`a`');
    await migration.ledger.close(migration.claim, 'rolled-back');
  });

  test('rows are written once: a statement is one transaction with its mark', async () => {
    await db.sql.query(
      'INSERT INTO note VALUES (1, NULL), (2, NULL); CREATE TABLE counted (n INT); INSERT INTO counted VALUES (0)',
    );
    const migration = await plan(
      {
        run: ["INSERT INTO shop.note VALUES (3, 'x')", 'UPDATE shop.counted SET n = n + 1 WHERE n < 100'],
        undo: ['DELETE FROM shop.note WHERE id = 3', 'UPDATE shop.counted SET n = n - 1 WHERE n > 0'],
      },
      { table: 'note' },
    );
    // A server that died in the middle has left the note that it began, and no row.
    await db.sql.query(
      `INSERT INTO underpin.begun (migration, phase, direction, unit) VALUES ('${migration.claim.migration}', 'expand', 'run', 1)`,
    );
    await Promise.all([migration.apply('expand'), migration.apply('expand')]);
    expect(await db.value('SELECT n FROM counted')).toBe(1);
    expect(await db.value('SELECT COUNT(*) FROM note')).toBe(3);
    await migration.undo('expand');
    expect(await db.value('SELECT n FROM counted')).toBe(0);
    await migration.ledger.close(migration.claim, 'rolled-back');
  });

  test('a mark that cannot be written takes the rows with it', async () => {
    const migration = await plan(
      {
        run: ['UPDATE shop.counted SET n = n + 1 WHERE n < 100'],
        undo: ['UPDATE shop.counted SET n = n - 1 WHERE n > 0'],
      },
      { table: 'note' },
    );
    await db.sql.query(
      `CREATE TRIGGER underpin.refuse_mark BEFORE INSERT ON underpin.applied FOR EACH ROW BEGIN IF NEW.migration = '${migration.claim.migration}' THEN SIGNAL SQLSTATE '45000'; END IF; END`,
    );
    try {
      await expect(migration.apply('expand')).rejects.toThrow();
      expect(await db.value('SELECT n FROM counted')).toBe(0);
    } finally {
      await db.sql.query('DROP TRIGGER underpin.refuse_mark');
    }
    await migration.apply('expand');
    expect(await db.value('SELECT n FROM counted')).toBe(1);
    await migration.undo('expand');
    await migration.ledger.close(migration.claim, 'rolled-back');
  });

  test('the verify query fails its phase as soon as it gives a row', async () => {
    const migration = await plan(
      {
        run: "ALTER TABLE shop.note COMMENT = 'n'",
        undo: "ALTER TABLE shop.note COMMENT = ''",
        verify: "SELECT n.id FROM shop.note AS n WHERE n.body = 'it''s bad'",
      },
      { table: 'note' },
    );
    await migration.apply('expand', 'verify');
    await migration.ledger.forget(migration.claim, 'verify');
    await db.sql.query("UPDATE note SET body = 'it''s bad' WHERE id = 1");
    await expect(migration.apply('verify')).rejects.toThrow(RowRefused);
    await migration.undo('verify', 'expand');
    await migration.ledger.close(migration.claim, 'rolled-back');
  });

  test('with a reason, MySQL copies the table as it would by hand', async () => {
    const migration = await plan(
      {
        run: {
          sql: 'ALTER TABLE shop.note ADD CONSTRAINT short CHECK (CHAR_LENGTH(body) < 30)',
          unsafe: 'it has three rows',
        },
        undo: 'ALTER TABLE shop.note DROP CHECK short',
      },
      { table: 'note' },
    );
    await migration.apply('expand');
    await migration.apply('expand');
    expect(await db.definition('note')).toContain('CONSTRAINT `short`');
    // The same once more, as if the mark were lost.
    await db.sql.query(
      `DELETE FROM underpin.applied WHERE migration = '${migration.claim.migration}'; INSERT INTO underpin.begun (migration, phase, direction, unit) VALUES ('${migration.claim.migration}', 'expand', 'run', 0)`,
    );
    await migration.apply('expand');
    await migration.undo('expand');
    expect(await db.definition('note')).not.toContain('CONSTRAINT `short`');
    await migration.ledger.close(migration.claim, 'rolled-back');
  });

  test.each([
    ['ALTER TABLE shop.note ADD COLUMN a INT', /changes another table/u],
    ['ALTER TABLE shop.item ADD INDEX by_state (hits)', /there is an index by_state already/u],
    ['ALTER TABLE shop.item ADD INDEX i (nothing)', /Key column 'nothing' doesn't exist/u],
    ['ALTER TABLE shop.item ADD COLUMN state INT', /Duplicate column name/u],
    ['ALTER TABLE shop.item ADD INDEX i ((hits DIV 2))', /beside the traffic/u],
    ['ALTER TABLE shop.item MODIFY hits BIGINT', /unknown-change/u],
  ])('%s is refused before anything is touched', async (run, why) => {
    const refused = plan({ run, undo: { irreversible: 'a test' } });
    await expect(refused).rejects.toThrow(InvalidSpec);
    await expect(refused).rejects.toThrow(why);
  });

  test('its SQL is as it was reviewed', async () => {
    const migration = await plan(
      {
        run: [
          "ALTER TABLE shop.item COMMENT = 'what is sold'",
          'ALTER TABLE shop.item ADD INDEX by_hits (hits)',
          "INSERT INTO shop.note VALUES (9, 'nine')",
        ],
        undo: [
          'DELETE FROM shop.note WHERE id = 9',
          'ALTER TABLE shop.item DROP INDEX by_hits',
          "ALTER TABLE shop.item COMMENT = ''",
        ],
        verify: 'SELECT 1 FROM shop.item WHERE hits < 0',
      },
      { name: 'own-sql' },
    );
    asReviewed(migration.plan, db.schema);
  });
});
