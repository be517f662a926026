import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { renameOn, rowsOf } from './renames.ts';
import { retypeOn } from './retypes.ts';

describe.skipIf(!hasMysql())('a column whose foreign key writes rows by itself, on MySQL', () => {
  let db: MysqlUnderTest;
  let bosses = 0;
  let acts: string;
  beforeAll(async () => {
    db = await mysqlUnderTest('CREATE TABLE chief (id INT PRIMARY KEY)');
  });
  afterAll(() => db.close());

  const rows = (sql: string) => rowsOf(db, sql);
  const sql = (text: string) => db.sql.query(text);

  /** Twenty rows of a table of their own, each with a chief of its own. */
  async function freshTable(action: string): Promise<string> {
    acts = `acts_${(bosses += 1)}`;
    await sql(`DELETE FROM chief; INSERT INTO chief WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20) SELECT i FROM n;
      CREATE TABLE ${acts} (id INT PRIMARY KEY, a INT, n INT NOT NULL DEFAULT 0, KEY by_a (a, n), KEY by_n (n),
        CONSTRAINT key_${bosses} FOREIGN KEY (a) REFERENCES chief (id) ${action});
      INSERT INTO ${acts} (id, a) SELECT id, id FROM chief`);
    return db.definition(acts);
  }

  test.each([
    ['ON DELETE SET NULL ON UPDATE CASCADE', null],
    ['ON DELETE CASCADE ON UPDATE CASCADE', 'gone'],
    ['ON DELETE SET NULL ON UPDATE SET NULL', null],
  ])('%s reaches both columns, whatever phase it is, there and back', async (action, deleted) => {
    const before = await freshTable(action);
    const moved = action.endsWith('SET NULL') ? () => null : (id: number) => id;
    const migration = await renameOn(db, acts);
    expect(migration.plan.warnings.join('\n')).toContain(
      'at once, so that what it writes reaches both columns',
    );
    let chief = 0;
    /** One chief goes and one gets another number; their rows have the same in both columns, or are gone. */
    const written = async (columns: readonly string[] = ['a', 'b']) => {
      const [goes, changes] = [(chief += 1), (chief += 1)];
      await sql(`DELETE FROM chief WHERE id = ${goes}`);
      await sql(`UPDATE chief SET id = ${100 + changes} WHERE id = ${changes}`);
      const found = (id: number) => rows(`SELECT ${columns.join(', ')} FROM ${acts} WHERE id = ${id}`);
      expect(await found(goes)).toEqual(deleted === 'gone' ? [] : [columns.map(() => deleted)]);
      expect(await found(changes)).toEqual([columns.map(() => moved(100 + changes))]);
    };
    await migration.apply('expand', 'dual-write');
    // Rows that come from then on have both.
    await sql(`DELETE FROM ${acts} WHERE id < 3; INSERT INTO ${acts} (id, a) VALUES (1, 1), (2, 2)`);
    await written();
    await migration.backfill();
    await written();
    await migration.apply('verify');
    await written();
    expect(await migration.mismatches()).toBe(0);
    await migration.undo('verify', 'backfill', 'dual-write', 'expand');
    expect(await db.definition(acts)).toBe(before);
    await migration.apply('expand', 'dual-write');
    await migration.backfill();
    await migration.apply('verify', 'read-switch');
    await written();
    expect(await migration.mismatches()).toBe(0);
    await migration.apply('contract');
    await written(['b']);
    const after = await db.definition(acts);
    expect(after).toContain(`FOREIGN KEY (\`b\`) REFERENCES \`chief\` (\`id\`) ${action}`);
    expect(after).toContain('KEY `by_b` (`b`,`n`)');
    expect(after).not.toContain('`a`');
    await migration.ledger.close(migration.claim, 'completed');
  });

  test('neither a batch nor an UPDATE of other columns waits for who has what rows refer to', async () => {
    await freshTable('ON DELETE SET NULL');
    const migration = await renameOn(db, acts);
    await migration.apply('expand', 'dual-write');
    const other = await db.connect();
    await other.query('BEGIN');
    await other.query('SELECT id FROM chief FOR UPDATE');
    await sql(`SET SESSION innodb_lock_wait_timeout = 1; UPDATE ${acts} SET n = 1 WHERE id = 20`);
    expect(await rows(`SELECT a, b FROM ${acts} WHERE id = 20`)).toEqual([[20, null]]);
    await migration.backfill();
    await other.query('DELETE FROM chief WHERE id < 11');
    await other.query('COMMIT');
    expect(await rows(`SELECT COUNT(*), SUM(a IS NULL), SUM(a <=> b) FROM ${acts}`)).toEqual([
      [20, '10', '20'],
    ]);
    await migration.ledger.close(migration.claim, 'rolled-back');
    other.destroy();
  });

  test('one that only gets room by change-type is written in both types', async () => {
    await sql(`CREATE TABLE code (code VARCHAR(9) PRIMARY KEY); INSERT INTO code VALUES ('x'), ('y');
      CREATE TABLE coded (id INT PRIMARY KEY, a VARCHAR(9), CONSTRAINT coded_a FOREIGN KEY (a) REFERENCES code (code) ON DELETE SET NULL ON UPDATE CASCADE);
      INSERT INTO coded VALUES (1, 'x'), (2, 'y')`);
    const migration = await retypeOn(db, 'coded', { type: 'varchar(20)', up: 'a', down: 'b' });
    await migration.apply('expand', 'dual-write');
    await migration.backfill();
    await migration.apply('verify', 'read-switch');
    await sql(`DELETE FROM code WHERE code = 'x'; UPDATE code SET code = 'z'`);
    expect(await rows('SELECT id, a, b FROM coded')).toEqual([
      [1, null, null],
      [2, 'z', 'z'],
    ]);
    expect(await migration.mismatches()).toBe(0);
    await migration.apply('contract');
    await migration.ledger.close(migration.claim, 'completed');
  });

  test.each([
    [
      'over several columns',
      'FOREIGN KEY (a, floor) REFERENCES spot (room, floor) ON DELETE SET NULL',
      'over several columns: a row that it has written is not found by one beside it',
    ],
    [
      // Beside a second one MySQL 9.7.4 refuses DELETE FROM desk.
      'to its own table',
      'FOREIGN KEY (a) REFERENCES desk (id) ON DELETE SET NULL',
      'and refers to its own table: MySQL refuses to delete what two such keys write a row for (6575)',
    ],
  ])('one %s is refused by name before anything is touched', async (_, key, why) => {
    await sql(`DROP TABLE IF EXISTS desk, spot; CREATE TABLE spot (room INT, floor INT, PRIMARY KEY (room, floor));
      CREATE TABLE desk (id INT PRIMARY KEY, a INT, floor INT, CONSTRAINT desk_at ${key})`);
    const before = await db.definition('desk');
    await expect(renameOn(db, 'desk')).rejects.toThrow(
      `the foreign key desk_at of desk is ON DELETE SET NULL ON UPDATE NO ACTION ${why}`,
    );
    expect(await db.definition('desk')).toBe(before);
  });
});
