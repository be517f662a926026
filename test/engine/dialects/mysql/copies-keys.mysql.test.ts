import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { phaseOf } from '../../../../engine/plan/plan.ts';
import { runUnits } from '../../../../lambdas/steps/units.ts';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { toolsOver, type MigrationUnderTest } from '../../migration-under-test.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { copied, justCopied, leftovers, widenOn } from './copies.ts';
import { rowsOf } from './renames.ts';

const keys = `CONSTRAINT of_team FOREIGN KEY (team) REFERENCES teams (id) ON DELETE RESTRICT,
  FOREIGN KEY (land, town) REFERENCES towns (land, name)`;

describe.skipIf(!hasMysql())('foreign keys and named checks of a table that is copied', () => {
  let db: MysqlUnderTest;
  beforeAll(async () => {
    db = await mysqlUnderTest();
    // A test that fails leaves its transactions open.
    await db.sql.query('SET SESSION lock_wait_timeout = 20');
  });
  afterAll(() => db.close());

  const fresh = async (rules = keys): Promise<string> => {
    await db.sql
      .query(`DROP TABLE IF EXISTS member, member_underpin_new, member_underpin_old, member_underpin_side, teams, towns;
      CREATE TABLE teams (id INT PRIMARY KEY); INSERT INTO teams VALUES (1), (2), (3);
      CREATE TABLE towns (land CHAR(2), name VARCHAR(9), PRIMARY KEY (land, name)); INSERT INTO towns VALUES ('DE', 'Ulm'), ('FR', 'Metz');
      CREATE TABLE member (id INT AUTO_INCREMENT PRIMARY KEY, team INT, land CHAR(2), town VARCHAR(9), ${rules});
      INSERT INTO member (team, land, town) VALUES (1, 'DE', 'Ulm'), (2, NULL, NULL)`);
    return db.definition('member');
  };
  const refused = (sql: string, errno: number) => expect(db.sql.query(sql)).rejects.toMatchObject({ errno });
  /** What the keys refuse, and what they let pass; nothing stays of it. */
  const keysHold = async (): Promise<void> => {
    await refused('DELETE FROM teams WHERE id = 1', 1451);
    await refused("UPDATE towns SET name = 'Bonn' WHERE land = 'DE'", 1451);
    await refused('INSERT INTO member (team) VALUES (99)', 1452);
    await refused('UPDATE member SET team = 99 WHERE id = 1', 1452);
    await refused("INSERT INTO member (land, town) VALUES ('DE', 'Metz')", 1452);
    await db.sql.query('INSERT INTO teams VALUES (7); INSERT INTO member (id, team) VALUES (7, 7)');
    await refused('DELETE FROM teams WHERE id = 7', 1451);
    await db.sql.query('UPDATE member SET team = 3 WHERE id = 7; DELETE FROM teams WHERE id = 7');
    await db.sql.query('DELETE FROM member WHERE id = 7');
  };

  test('the copy has its foreign keys once it is the table, and under their own names in the end; and back', async () => {
    const before = await fresh();
    const migration = await widenOn(db, 'member');
    const said = migration.plan.warnings.join('\n');
    expect(said).toMatch(
      /member_ibfk_1, of_team of member: the copy has the same from the swap on, as underpin_/u,
    );
    expect(said).toMatch(/\.towns, .*\.teams: locked too/u);
    await copied(migration);
    await keysHold();
    expect(await rowsOf(db, migration.plan.differences?.swap ?? '')).toEqual([]);
    await migration.apply('swap');
    await keysHold();
    expect(await rowsOf(db, migration.plan.differences?.back ?? '')).toEqual([]);
    await migration.undo('swap');
    expect(withoutCounter(await db.definition('member'))).toBe(withoutCounter(before));
    expect(await db.definition('member_underpin_new')).not.toContain('FOREIGN KEY');
    await keysHold();
    await migration.undo('verify', 'backfill', 'dual-write', 'expand');
    await keysHold();
    expect(await leftovers(db)).toEqual([]);
    await copied(migration);
    await migration.apply('swap', 'contract');
    await keysHold();
    // MySQL prints keys in the order in which they came.
    const lines = (definition: string) =>
      withoutCounter(definition).replaceAll(',\n', '\n').split('\n').toSorted();
    expect(lines(await db.definition('member'))).toEqual(lines(before.replace('`id` int', '`id` bigint')));
    expect(await leftovers(db)).toEqual([]);
  });

  /** The first units of a phase's run, or of its undo. */
  const some = async (
    { plan, claim }: MigrationUnderTest,
    phase: 'swap' | 'dual-write' | 'contract',
    units: number,
  ): Promise<void> => {
    const { run, undo } = phaseOf(plan, phase);
    const back = 'irreversible' in undo ? undefined : undo;
    await runUnits(
      toolsOver(db.database),
      claim,
      phase,
      back ? 'undo' : 'run',
      (back ?? run).slice(0, units),
      2000,
    );
  };

  test.each(['swap', 'dual-write', 'contract'] as const)(
    'in the middle of what ends %s no row that is left in the other table keeps what it refers to from going',
    async (phase) => {
      await fresh();
      const migration = await widenOn(db, 'member');
      await copied(migration);
      if (phase !== 'dual-write') await migration.apply('swap');
      const { run, undo } = phaseOf(migration.plan, phase);
      const all = 'irreversible' in undo ? run : undo;
      const rows = all.map((_, at) => 100 + at);
      const list = (of: (id: number) => string) => rows.map(of).join(', ');
      // Both tables have them, as long as each trigger stands.
      await db.sql.query(
        `INSERT INTO teams VALUES ${list((id) => `(${id})`)}; INSERT INTO member (id, team) VALUES ${list((id) => `(${id}, ${id})`)}`,
      );
      for (let units = 1; units < all.length; units += 1) {
        await some(migration, phase, units);
        const id = 100 + units;
        await refused(`DELETE FROM teams WHERE id = ${id}`, 1451);
        await db.sql.query(`UPDATE member SET team = 1 WHERE id = ${id}; DELETE FROM teams WHERE id = ${id}`);
        await refused(`UPDATE member SET team = 99 WHERE id = ${id}`, 1452);
        await db.sql.query(`DELETE FROM member WHERE id = ${id}`);
      }
    },
  );

  test('a key that went since the plan, and one that came, keep the names where they are', async () => {
    // A key's own index would go and come with it.
    await fresh(`KEY of_team (team), KEY of_town (land, town), ${keys}`);
    const migration = await widenOn(db, 'member');
    await copied(migration);
    await db.sql.query('ALTER TABLE member DROP FOREIGN KEY of_team');
    expect(await rowsOf(db, migration.plan.differences?.swap ?? '')).toEqual([
      [{ what: 'foreign key of_team is gone' }],
    ]);
    await expect(migration.apply('swap')).rejects.toThrow('1105');
    await db.sql.query(
      'ALTER TABLE member ADD CONSTRAINT of_team FOREIGN KEY (team) REFERENCES teams (id) ON DELETE RESTRICT, ADD CONSTRAINT late FOREIGN KEY (team) REFERENCES teams (id)',
    );
    expect(await rowsOf(db, migration.plan.differences?.swap ?? '')).toContainEqual([
      { what: 'foreign key late is new' },
    ]);
    await expect(migration.apply('swap')).rejects.toThrow('1105');
    await db.sql.query('ALTER TABLE member DROP FOREIGN KEY late');
    await migration.apply('swap', 'contract');
    await keysHold();
  });

  test.each([
    [
      'FOREIGN KEY (team) REFERENCES teams (id) ON DELETE CASCADE',
      /member_ibfk_1 of member is ON DELETE CASCADE/u,
    ],
    [
      'FOREIGN KEY (team) REFERENCES teams (id) ON DELETE SET NULL',
      /is ON DELETE SET NULL ON UPDATE NO ACTION/u,
    ],
    [
      'FOREIGN KEY (team) REFERENCES teams (id) ON UPDATE CASCADE',
      /ON UPDATE CASCADE, and rows that it changes fire no trigger/u,
    ],
    ['FOREIGN KEY (id) REFERENCES teams (id)', /member_ibfk_1 of member is about id, .*3780/u],
  ])('%s is refused by name before anything is touched', async (rule, says) => {
    const before = await fresh(rule);
    await expect(widenOn(db, 'member')).rejects.toThrow(says);
    expect(await db.definition('member')).toBe(before);
  });

  test('a key that refers to another column of the table is refused with its own reason', async () => {
    await fresh('code INT UNIQUE');
    await db.sql.query(
      'CREATE TABLE badge (id INT PRIMARY KEY, code INT, CONSTRAINT of_code FOREIGN KEY (code) REFERENCES member (code))',
    );
    const says: unknown = await widenOn(db, 'member').catch((error: unknown) => error);
    await db.sql.query('DROP TABLE badge');
    expect(String(says)).toMatch(
      /foreign key of_code of \S+\.badge refers to member: it follows the table .* would go on referring to the old one\. Drop it before the start, and add it again/u,
    );
  });

  test('no writer of either table is refused or a deadlock’s victim, and each row has what its writer was told', async () => {
    await fresh();
    const over = new AbortController();
    const told = new Map<number, number>();
    const writers = [1, 2, 3].map(async (writer) => {
      const connection = await db.connect();
      for (let n = 0; !over.signal.aborted; n += 1) {
        const id = writer * 1_000_000 + n;
        await connection.query(`INSERT INTO teams VALUES (${id}), (${id + 500_000})`);
        await connection.query(`INSERT INTO member (id, team) VALUES (${id}, ${id})`);
        await connection.query(
          `BEGIN; UPDATE member SET team = ${id + 500_000} WHERE id = ${id}; DELETE FROM teams WHERE id = ${id}; COMMIT`,
        );
        told.set(id, id + 500_000);
        if (n % 2 === 1) continue;
        await connection.query(
          `DELETE FROM member WHERE id = ${id}; DELETE FROM teams WHERE id = ${id + 500_000}`,
        );
        told.delete(id);
      }
    });
    const all = Promise.all(writers);
    all.catch(() => over.abort());
    const during = async (work: Promise<unknown>): Promise<void> => {
      const { size } = told;
      await work;
      await Promise.race([all, expect.poll(() => told.size, { timeout: 60_000 }).toBeGreaterThan(size + 5)]);
    };
    const migration = await widenOn(db, 'member');
    for (const round of ['back', 'to the end']) {
      await during(justCopied(migration));
      expect(await migration.mismatches()).toBe(0);
      await during(migration.apply('swap'));
      if (round === 'back') {
        await during(migration.undo('swap'));
        await during(migration.undo('verify', 'backfill', 'dual-write', 'expand'));
      }
    }
    await during(migration.apply('contract'));
    over.abort();
    await all;
    const found = await rowsOf(db, 'SELECT id, team FROM member WHERE id >= 1000000 ORDER BY id');
    expect(found).toEqual([...told].toSorted(([one], [other]) => one - other));
  });

  test('a check that somebody has named holds all the while, and has a name of MySQL’s in the end', async () => {
    const before = await fresh('CONSTRAINT positive CHECK (team > 0), CHECK (team < 500)');
    const migration = await widenOn(db, 'member');
    expect(migration.plan.warnings.join('\n')).toMatch(
      /the check positive of .*member has a name that MySQL makes/u,
    );
    const holds = () => refused('INSERT INTO member (team) VALUES (-1)', 3819);
    await copied(migration);
    await holds();
    expect(await rowsOf(db, migration.plan.differences?.swap ?? '')).toEqual([]);
    await migration.apply('swap');
    await holds();
    await migration.undo('swap');
    expect(withoutCounter(await db.definition('member'))).toBe(withoutCounter(before));
    await migration.apply('swap', 'contract');
    await holds();
    const after = await db.definition('member');
    expect(after).not.toContain('positive');
    expect(after).toMatch(/CONSTRAINT `member_chk_\d` CHECK \(\(`team` > 0\)\)/u);
  });
});

const withoutCounter = (definition: string): string => definition.replace(/ AUTO_INCREMENT=\d+/u, '');
