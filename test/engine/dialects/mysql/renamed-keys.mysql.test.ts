import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { migrationUnderTest, type MigrationUnderTest } from '../../migration-under-test.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { freshName } from './fresh-name.ts';
import { referring } from './killed-kinds.ts';
import { renameOn, rowsOf } from './renames.ts';
import { expectToldTruth } from './told-clients.ts';

describe.skipIf(!hasMysql())('a column with a foreign key to another table, on MySQL', () => {
  let db: MysqlUnderTest;
  beforeAll(async () => {
    db = await mysqlUnderTest(`
      CREATE TABLE team (id INT PRIMARY KEY);
      CREATE TABLE place (room VARCHAR(9), floor INT, PRIMARY KEY (room, floor))`);
  });
  afterAll(() => db.close());

  const rows = (sql: string) => rowsOf(db, sql);
  const retype = (table: string, change: Readonly<Record<string, unknown>>): Promise<MigrationUnderTest> =>
    migrationUnderTest(db.database, freshName(), {
      table: `${db.schema}.${table}`,
      change: { kind: 'change-type', ...change },
    });

  test('the new column has the same key beside it from verify on, and alone in the end; what is deleted there is deleted with its rows', async () => {
    await db.sql.query(`INSERT INTO team VALUES (1), (2), (3), (4), (5);
      CREATE TABLE member (id INT PRIMARY KEY, team INT NOT NULL, KEY by_team (team),
        CONSTRAINT of_team FOREIGN KEY (team) REFERENCES team (id) ON DELETE CASCADE ON UPDATE RESTRICT);
      INSERT INTO member VALUES (1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 5)`);
    const before = await db.definition('member');
    const migration = await renameOn(db, 'member', { from: 'team', to: 'team_id' });
    expect(migration.plan.warnings.join('\n')).toContain(
      'of_team gets one beside it over the new column, of_team_id',
    );
    const refusedOrphans = async (...columns: readonly string[]) => {
      for (const column of columns) {
        await expect(
          db.sql.query(`INSERT INTO member (id, ${column}) VALUES (77, 99)`),
        ).rejects.toMatchObject({ errno: 1452 });
        await expect(db.sql.query(`UPDATE member SET ${column} = 99 WHERE id = 6`)).rejects.toMatchObject({
          errno: 1452,
        });
      }
    };
    /** A team whose rows go with it, and one that is not there any more. */
    const deleted = async (team: number) => {
      await db.sql.query(`DELETE FROM team WHERE id = ${team}`);
      expect(await rows(`SELECT id FROM member WHERE team = ${team}`)).toEqual([]);
    };
    await migration.apply('expand', 'dual-write');
    await refusedOrphans('team', 'team_id');
    await deleted(1);
    await migration.backfill();
    await deleted(2);
    await migration.apply('verify');
    expect(await db.definition('member')).toContain(
      'CONSTRAINT `of_team_id` FOREIGN KEY (`team_id`) REFERENCES `team` (`id`) ON DELETE CASCADE ON UPDATE RESTRICT',
    );
    await refusedOrphans('team', 'team_id');
    await deleted(3);
    expect(await migration.mismatches()).toBe(0);
    await migration.undo('verify', 'backfill', 'dual-write', 'expand');
    expect(await db.definition('member')).toBe(before);
    await migration.apply('expand', 'dual-write');
    await migration.backfill();
    await migration.apply('verify', 'read-switch');
    await refusedOrphans('team', 'team_id');
    await db.sql.query('UPDATE member SET team_id = 4 WHERE id = 6');
    expect(await rows('SELECT id, team, team_id FROM member ORDER BY id')).toEqual([
      [4, 4, 4],
      [5, 5, 5],
      [6, 4, 4],
    ]);
    await migration.apply('contract');
    await refusedOrphans('team_id');
    await db.sql.query('DELETE FROM team WHERE id = 4');
    expect(await rows('SELECT id, team_id FROM member')).toEqual([[5, 5]]);
    const after = await db.definition('member');
    expect(after).not.toContain('`of_team`');
    expect(after).not.toContain('`team` int');
    expect(after).toContain('KEY `by_team_id` (`team_id`)');
    await migration.ledger.close(migration.claim, 'completed');
  });

  test('a key of several columns follows one of them, and so does one to its own table', async () => {
    await db.sql.query(`INSERT INTO place VALUES ('a', 1), ('b', 2);
      CREATE TABLE seat (id INT PRIMARY KEY, room VARCHAR(9), floor INT, behind INT, FOREIGN KEY (room, floor) REFERENCES place (room, floor),
        CONSTRAINT seat_behind FOREIGN KEY (behind) REFERENCES seat (id) ON DELETE CASCADE);
      INSERT INTO seat VALUES (1, 'a', 1, NULL), (2, 'b', 2, 1), (3, NULL, NULL, 2)`);
    for (const [from, to] of [
      ['floor', 'level'],
      ['behind', 'after_seat'],
    ] as const) {
      const migration = await renameOn(db, 'seat', { from, to });
      await migration.apply('expand', 'dual-write');
      await migration.backfill();
      await migration.apply('verify', 'read-switch', 'contract');
      await migration.ledger.close(migration.claim, 'completed');
    }
    const after = await db.definition('seat');
    expect(after).toContain('FOREIGN KEY (`room`, `level`) REFERENCES `place` (`room`, `floor`)');
    expect(after).toContain(
      'CONSTRAINT `seat_after_seat` FOREIGN KEY (`after_seat`) REFERENCES `seat` (`id`) ON DELETE CASCADE',
    );
    await expect(db.sql.query('UPDATE seat SET level = 9 WHERE id = 1')).rejects.toMatchObject({
      errno: 1452,
    });
    await db.sql.query('DELETE FROM seat WHERE id = 1');
    expect(await rows('SELECT COUNT(*) FROM seat')).toEqual([[0]]);
  });

  test('a parent that somebody deletes while the key is added waits or is refused, and no row refers to nothing', async () => {
    await db.sql.query(`INSERT IGNORE INTO team VALUES (11), (12);
      CREATE TABLE late (id INT PRIMARY KEY, a INT, CONSTRAINT late_a FOREIGN KEY (a) REFERENCES team (id));
      INSERT INTO late VALUES (1, 11), (2, 12)`);
    const migration = await renameOn(db, 'late');
    await migration.apply('expand', 'dual-write');
    await migration.backfill();
    const other = await db.connect();
    await other.query('BEGIN');
    await other.query('DELETE FROM late WHERE id = 1');
    await other.query('DELETE FROM team WHERE id = 11');
    const applied = migration.apply('verify');
    await other.query('COMMIT');
    await applied;
    await expect(db.sql.query('DELETE FROM team WHERE id = 12')).rejects.toMatchObject({ errno: 1451 });
    expect(await rows('SELECT id, a, b FROM late')).toEqual([[2, 12, 12]]);
    await migration.ledger.close(migration.claim, 'rolled-back');
    other.destroy();
  });

  test('clients of both versions write beside it, there and back, and each row has what its client was told', async () => {
    await db.sql.query(
      `${referring.codes} CREATE TABLE live (id INT PRIMARY KEY, n INT NOT NULL DEFAULT 0, ${referring.columns})`,
    );
    await expectToldTruth(db, { table: 'live', ...referring.live }, () =>
      renameOn(db, 'live', { from: 'code', to: 'label' }),
    );
    expect(await db.definition('live')).toContain(
      'FOREIGN KEY (`label`) REFERENCES `codes` (`code`) ON DELETE CASCADE',
    );
    await db.sql.query("DELETE FROM codes WHERE code <> 'c0'");
    expect(await rows("SELECT COUNT(*) FROM live WHERE label <> 'c0'")).toEqual([[0]]);
  });

  test('one that only gets room by change-type keeps its key', async () => {
    await db.sql.query(`CREATE TABLE code (code VARCHAR(9) PRIMARY KEY); INSERT INTO code VALUES ('a'), ('b');
      CREATE TABLE coded (id INT PRIMARY KEY, a VARCHAR(9), n INT, CONSTRAINT coded_a FOREIGN KEY (a) REFERENCES code (code),
        CONSTRAINT coded_n FOREIGN KEY (n) REFERENCES team (id));
      INSERT INTO coded VALUES (1, 'a', NULL)`);
    const migration = await retype('coded', {
      column: 'a',
      to: 'b',
      type: 'varchar(20)',
      up: 'a',
      down: 'b',
    });
    await migration.apply('expand', 'dual-write');
    await migration.backfill();
    await migration.apply('verify', 'read-switch', 'contract');
    await migration.ledger.close(migration.claim, 'completed');
    expect(await db.definition('coded')).toContain('FOREIGN KEY (`b`) REFERENCES `code` (`code`)');
    // MySQL takes no key between numbers of two types.
    await expect(
      retype('coded', { column: 'n', to: 'm', type: 'bigint', up: 'n', down: 'm' }),
    ).rejects.toThrow(/are incompatible/u);
    await expect(
      retype('coded', { column: 'b', to: 'c', type: 'varchar(30)', up: 'UPPER(b)', down: 'LOWER(c)' }),
    ).rejects.toThrow(/of the foreign key \w+ it may be converted to what refers to nothing/u);
  });
});
