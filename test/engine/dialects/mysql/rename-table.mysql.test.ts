import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stateOf } from '../../../../engine/database/online.ts';
import { usage } from '../../../../engine/dialects/mysql/usage.ts';
import { phaseOf } from '../../../../engine/plan/plan.ts';
import { sqlParser } from '../../../../lambdas/runtime/sql-parser.ts';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { migrationUnderTest } from '../../migration-under-test.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { asReviewed } from './as-reviewed.ts';
import { freshName } from './fresh-name.ts';

describe.skipIf(!hasMysql())('rename-table on MySQL', () => {
  let db: MysqlUnderTest;
  beforeAll(async () => {
    db = await mysqlUnderTest();
  });
  afterAll(() => db.close());

  const place = async (table: string) => {
    await db.sql.query(
      `CREATE TABLE ${table} (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, street VARCHAR(40) NOT NULL DEFAULT 'High', n INT NULL, KEY by_street (street));
       INSERT INTO ${table} (street) VALUES ('a'), ('b')`,
    );
    return db.definition(table);
  };
  const rename = (from: string, to: string, name = freshName()) =>
    migrationUnderTest(db.database, name, {
      table: `${db.schema}.${from}`,
      change: { kind: 'rename-table', to, by: 'alias' },
    });

  test('its SQL is as it was reviewed', async () => {
    await place('address');
    asReviewed((await rename('address', 'place', 'rename-table')).plan, db.schema);
  });

  test('both names read and write the same rows, and the undo leaves the table as it was', async () => {
    const before = await place('one');
    const migration = await rename('one', 'uno');
    await migration.apply('expand');
    await migration.apply('expand');
    await db.sql.query(
      `INSERT INTO one (n) VALUES (7); INSERT INTO uno (street, n) VALUES ('c', 8);
       INSERT INTO one (id, n) VALUES (1, 1) ON DUPLICATE KEY UPDATE n = 9; REPLACE INTO one (id, street) VALUES (2, 'r')`,
    );
    expect(await db.value("SELECT GROUP_CONCAT(CONCAT_WS(':', id, street, n) ORDER BY id) FROM one")).toBe(
      '1:a:9,2:r,3:High:7,4:c:8',
    );
    await migration.undo('expand');
    await migration.undo('expand');
    expect((await db.definition('one')).replace(/AUTO_INCREMENT=\d+/u, '')).toBe(
      before.replace(/AUTO_INCREMENT=\d+/u, ''),
    );
    expect(
      await db.value('SELECT COUNT(*) FROM information_schema.views WHERE table_schema = DATABASE()'),
    ).toBe(0);
    await migration.ledger.close(migration.claim, 'rolled-back');
  });

  test('nobody who writes meanwhile finds the name without a table behind it', async () => {
    await place('busy');
    const migration = await rename('busy', 'occupied');
    const over = new AbortController();
    const written = [0, 0, 0, 0];
    const writers = written.map(async (_, writer) => {
      const connection = await db.connect();
      const insert = 'INSERT INTO busy (street) VALUES (?)';
      while (!over.signal.aborted) {
        await (writer % 2 === 0 ? connection.query(insert, ['w']) : connection.execute(insert, ['w']));
        written[writer] = (written[writer] ?? 0) + 1;
      }
    });
    // Each of them has written through what the name is now.
    const everybodyWrites = async () => {
      const before = [...written];
      await expect
        .poll(() => written.every((count, writer) => count > (before[writer] ?? 0) + 1), { timeout: 30_000 })
        .toBe(true);
    };
    const all = Promise.all(writers);
    for (let times = 0; times < 6; times += 1)
      for (const exchange of ['apply', 'undo'] as const) {
        await migration[exchange]('expand');
        await Promise.race([everybodyWrites(), all]);
      }
    await migration.apply('expand');
    over.abort();
    await all;
    await migration.apply('quarantine');
    await expect(db.sql.query("INSERT INTO busy (street) VALUES ('w')")).rejects.toMatchObject({
      errno: 1146,
    });
    expect(await db.value("SELECT COUNT(*) FROM occupied WHERE street = 'w'")).toBe(
      written.reduce((sum, count) => sum + count),
    );
    await migration.undo('quarantine');
    await db.sql.query("INSERT INTO busy (street) VALUES ('back')");
    await migration.apply('quarantine', 'contract');
    expect(await db.definition('occupied')).toContain('KEY `by_street`');
    await migration.ledger.close(migration.claim, 'completed');
  });

  test('an answer that is lost after the names were exchanged changes nothing the second time', async () => {
    await place('lost');
    const migration = await rename('lost', 'regained');
    let dropped = 0;
    const end = db.api.faults.when(({ body }) =>
      JSON.stringify(body).includes('RENAME TABLE') && (dropped += 1) === 1
        ? { when: 'dropAfterCommit' }
        : undefined,
    );
    await migration.apply('expand');
    end();
    expect(dropped).toBeGreaterThanOrEqual(1);
    expect(await db.value('SELECT COUNT(*) FROM lost')).toBe(2);
    await migration.undo('expand');
    expect(await db.definition('lost')).toContain('CREATE TABLE');
    await migration.ledger.close(migration.claim, 'rolled-back');
  });

  test.each([
    ['orders', 'bookings'],
    ['orders', 'Purchases'],
  ])('%s to %s, which sorts before it, is refused: its way back would fail statements', async (from, to) => {
    await place(from);
    await expect(rename(from, to)).rejects.toThrow(/sorts before .*1356/u);
    await db.sql.query(`DROP TABLE ${from}`);
  });

  test('a column that came since the plan keeps the name where it is, whoever writes it meanwhile', async () => {
    await place('late');
    const migration = await rename('late', 'tardy');
    await db.sql.query('ALTER TABLE late ADD COLUMN more INT');
    await expect(migration.apply('expand')).rejects.toThrow('has changed since the plan');
    await db.sql.query('INSERT INTO late (more) VALUES (7)');
    expect(await db.value('SELECT more FROM late WHERE id = 3')).toBe(7);
    await migration.undo('expand');
    expect(await db.definition('late')).toContain('`more` int');
    await db.sql.query('ALTER TABLE late DROP COLUMN more, DROP COLUMN n');
    await expect(migration.apply('expand')).rejects.toThrow('has changed since the plan');
    await migration.undo('expand');
    await migration.ledger.close(migration.claim, 'rolled-back');
  });

  test('nor does one that comes while the names wait to be exchanged: they go back, and no column is lost to its writers', async () => {
    await place('sooner');
    const migration = await rename('sooner', 'swifter');
    const held = await db.connect();
    await held.query('BEGIN; SELECT * FROM sooner');
    const alters = await db.connect();
    const altered = alters.query('ALTER TABLE sooner ADD COLUMN more INT, ALGORITHM = INSTANT');
    const waiting = (what: string) => `SELECT COUNT(*) FROM performance_schema.processlist
      WHERE state LIKE 'Waiting for table metadata lock%' AND info LIKE '${what}%' AND info LIKE '%sooner%'`;
    await expect.poll(() => db.value(waiting('ALTER'))).toBe(1);
    const applied = migration.apply('expand');
    applied.catch(() => {});
    await expect.poll(() => db.value(waiting('%RENAME'))).toBe(1);
    await held.query('ROLLBACK');
    await altered;
    await expect(applied).rejects.toThrow('has changed since the plan');
    await db.sql.query('INSERT INTO sooner (more) VALUES (7)');
    expect(await db.value('SELECT more FROM sooner WHERE id = 3')).toBe(7);
    await migration.undo('expand');
    expect(await db.definition('sooner')).toContain('`more` int');
    await migration.ledger.close(migration.claim, 'rolled-back');
  });

  test('where a column went while the names were exchanged, and the way back failed, nothing passes for done', async () => {
    await place('gone');
    const migration = await rename('gone', 'lacking');
    const [, exchange] = phaseOf(migration.plan, 'expand').run;
    if (exchange?.kind !== 'online') throw new Error('the names are exchanged beside the traffic');
    await migration.apply('expand');
    expect(await stateOf(db.database, exchange)).toBe('done');
    await db.sql.query('ALTER TABLE lacking DROP COLUMN n');
    await expect(db.sql.query('SELECT id FROM gone')).rejects.toMatchObject({ errno: 1356 });
    expect(await stateOf(db.database, exchange)).toBe('absent');
    await db.sql.query('ALTER TABLE lacking ADD COLUMN n INT NULL, ADD COLUMN more INT');
    expect(await stateOf(db.database, exchange)).toBe('absent');
    await migration.undo('expand');
    expect(await db.definition('gone')).toContain('`more` int');
    await migration.ledger.close(migration.claim, 'rolled-back');
  });

  test('names that could not go back go back the second time, and writers get to the table while somebody holds it', async () => {
    await place('held');
    const migration = await rename('held', 'retained');
    await db.sql.query('ALTER TABLE held ADD COLUMN more INT');
    await expect(migration.apply('expand')).rejects.toThrow('has changed since the plan');
    // As a server leaves it that dies before the way back.
    await db.sql.query(`RENAME TABLE held TO retained, underpin_view_held TO held;
      ALTER TABLE retained DROP COLUMN more, DROP COLUMN n`);
    const holder = await db.connect();
    await holder.query('BEGIN; SELECT * FROM retained');
    const applied = migration.apply('expand');
    applied.catch(() => {});
    const waiting = `SELECT COUNT(*) FROM performance_schema.processlist
      WHERE state LIKE 'Waiting for table metadata lock%' AND info LIKE '%RENAME TABLE%held%'`;
    await expect.poll(() => db.value(waiting)).toBe(1);
    const writer = await db.connect();
    const until = Date.now() + 5000;
    let written = 0;
    for (; Date.now() < until; written += 1) await writer.query("INSERT INTO retained (street) VALUES ('w')");
    // Without a pause two or three get in between.
    expect(written).toBeGreaterThan(20);
    await holder.query('ROLLBACK');
    await expect(applied).rejects.toThrow('has changed since the plan');
    expect(await db.definition('held')).toContain('CREATE TABLE');
    expect(await db.value("SELECT COUNT(*) FROM held WHERE street = 'w'")).toBe(written);
    await migration.undo('expand');
    await migration.ledger.close(migration.claim, 'rolled-back');
  });

  test('a view over the old name keeps the contract gate shut; an invisible column and a taken name are refused', async () => {
    await place('sighting');
    await db.sql.query('CREATE VIEW streets AS SELECT street FROM sighting');
    const table = { schema: db.schema, name: 'sighting' };
    const { dependents } = await usage(db.database, { table, columns: [] }).catalog(await sqlParser());
    expect(dependents).toEqual([`view ${db.schema}.streets`]);
    await expect(rename('sighting', 'streets')).rejects.toThrow(
      'there is a relation or a constraint called streets already',
    );
    await db.sql.query('DROP VIEW streets; ALTER TABLE sighting ADD COLUMN secret INT INVISIBLE');
    await expect(rename('sighting', 'watched')).rejects.toThrow('column secret of');
  });
});
