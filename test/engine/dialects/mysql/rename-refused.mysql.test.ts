import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Fenced, InvalidSpec, LockNotAcquired } from '../../../../engine/database/errors.ts';
import { loadUsage } from '../../../../engine/dialects/load-usage.ts';
import { sqlParser } from '../../../../lambdas/runtime/sql-parser.ts';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { idOf, migrationUnderTest } from '../../migration-under-test.ts';
import { step } from '../../step.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { freshName } from './fresh-name.ts';
import { renameOn, rowsOf, type Renamed } from './renames.ts';

describe.skipIf(!hasMysql())('rename-column on MySQL, walked, refused and fenced', () => {
  let db: MysqlUnderTest;
  beforeAll(async () => {
    db = await mysqlUnderTest();
  });
  afterAll(() => db.close());

  const rename = (table: string, names?: Renamed) => renameOn(db, table, names);
  const rows = (sql: string) => rowsOf(db, sql);

  test.each([
    [
      'id INT, k VARCHAR(9) COLLATE utf8mb4_0900_ai_ci, PRIMARY KEY (k, id)',
      "(1, 'b'), (2, 'B'), (1, 'ä'), (3, '')",
    ],
    ['id BIGINT UNSIGNED PRIMARY KEY', '(0), (9223372036854775808), (18446744073709551615)'],
    ['id BIGINT PRIMARY KEY', '(-9223372036854775808), (0), (9223372036854775807)'],
    ['id BINARY(16) PRIMARY KEY', "(x'00'), (x'ff00'), (x'27')"],
    [
      'id DECIMAL(30,2), d DATE, PRIMARY KEY (id, d)',
      "(1.5, '2021-01-01'), (1.5, '2020-01-01'), (-3, '1999-01-01')",
    ],
    [
      "id CHAR(36) CHARACTER SET ascii COLLATE ascii_general_ci, UNIQUE KEY (id), CHECK (id <> 'x')",
      "('a'), ('B'), ('c')",
    ],
  ])('rows are walked to the last one by the key of (%s)', async (key, keys) => {
    const notNull = key.replaceAll(
      /^(id [A-Z]+(?:\([\d,]+\))?(?: UNSIGNED| CHARACTER SET \w+ COLLATE \w+)?)/gu,
      '$1 NOT NULL',
    );
    await db.sql.query(
      `DROP TABLE IF EXISTS walked; CREATE TABLE walked (${notNull}, a INT NOT NULL DEFAULT 5); INSERT INTO walked (${/^id \w+.*, (k|d) /u.exec(key) === null ? 'id' : `id, ${/, (k|d) /u.exec(key)?.[1] ?? ''}`}) VALUES ${keys}`,
    );
    const migration = await rename('walked');
    await migration.apply('expand', 'dual-write');
    const all = keys.split('), (').length;
    expect(await migration.backfill(3)).toMatchObject({ rows: all, changed: all });
    expect(await migration.mismatches(2)).toBe(0);
    await migration.ledger.close(migration.claim, 'rolled-back');
  });

  test.each([
    ['a TIMESTAMP NOT NULL DEFAULT "2026-01-01"', 'does not tell whether somebody has written it'],
    ['a POINT NULL', 'of type point in another column'],
    ['a INT AUTO_INCREMENT UNIQUE', 'draws numbers|identity'],
    ['a INT, CHECK (a > 0)', 'the check .* names it'],
    ['a INT, g INT AS (a + 1)', 'the column g is generated from it'],
    ['a INT, KEY half ((a DIV 2))', 'the index half computes with it'],
    ['a INT DEFAULT (1 + 1)', String.raw`its default \(\(1 \+ 1\)\) does not tell`],
    ['a TEXT DEFAULT (UUID())', String.raw`its default \(uuid\(\)\) does not tell`],
    ['c INT, a TEXT DEFAULT (c)', 'its default .* does not tell'],
    ['a TEXT DEFAULT (NOW())', 'its default .* does not tell'],
    ["a TEXT DEFAULT ('ü')", 'a default that the catalog does not give back'],
    ["a VARBINARY(9) DEFAULT x'2700'", 'a default that the catalog does not give back'],
    [
      'a INT UNIQUE, c INT, CONSTRAINT f FOREIGN KEY (c) REFERENCES hind (a)',
      'the foreign key f of hind refers to it',
    ],
  ])('(%s) is refused by name before anything is touched', async (column, why) => {
    await db.sql.query(
      `DROP TABLE IF EXISTS hind; CREATE TABLE hind (id INT ${column.includes('AUTO') ? 'NOT NULL' : ''} PRIMARY KEY, ${column})`,
    );
    const before = await db.definition('hind');
    await expect(rename('hind')).rejects.toThrow(new RegExp(why, 'u'));
    expect(await db.definition('hind')).toBe(before);
  });

  test('a trigger that would fire at every row of the backfill is named', async () => {
    await db.sql.query('CREATE TABLE logged (id INT PRIMARY KEY, a INT)');
    await db.sql.query('CREATE TRIGGER logs AFTER UPDATE ON logged FOR EACH ROW SET @x = 1');
    await expect(rename('logged')).rejects.toThrow(InvalidSpec);
    await expect(rename('logged')).rejects.toThrow('the trigger logs fires at every UPDATE');
  });

  test('a worker of an epoch that is over makes no trigger, and moves no checkpoint', async () => {
    await db.sql.query('CREATE TABLE fenced (id INT PRIMARY KEY, a INT); INSERT INTO fenced VALUES (1, 1)');
    const migration = await rename('fenced');
    await migration.apply('expand');
    const now = await migration.fenced();
    await expect(migration.apply('dual-write')).rejects.toThrow(Fenced);
    const late = migration.plan.phases['dual-write']?.run.findLast(({ kind }) => kind === 'online');
    if (late?.kind !== 'online' || late.session === undefined) throw new Error('there is a trigger');
    const parameters = { ...migration.claim, phase: 'dual-write', direction: 'run', unit: 1 };
    const [hold = '', ...more] = late.session;
    const session = [{ text: hold, parameters }, ...[...more, late.statement].map((text) => ({ text }))];
    await expect(db.database.runTogether?.(session)).rejects.toThrow(Fenced);
    expect(await rows("SHOW TRIGGERS LIKE 'fenced'")).toEqual([]);
    await now.apply('dual-write');
    await now.cut('backfill', 1);
    await expect(migration.walk('batch', 'backfill')).rejects.toThrow();
    await now.backfill(1);
    expect(await now.mismatches()).toBe(0);
  });

  test.each([
    ['batch', 'backfill'],
    ['check', 'verify'],
  ] as const)('a walk by %s is timed from its first statement on', async (use, purpose) => {
    const table = `timed_${use}`;
    await db.sql.query(
      `CREATE TABLE ${table} (id INT PRIMARY KEY, a INT); INSERT INTO ${table} VALUES (1, 1), (2, 2)`,
    );
    const migration = await rename(table);
    await migration.apply('expand');
    await migration.apply('dual-write');
    const seconds = async (): Promise<number> =>
      (await migration.ledger.walks.progress(migration.claim, idOf(purpose))).seconds;
    const hourAgo = (): Promise<unknown> =>
      db.sql.query(
        `UPDATE underpin.checkpoint SET started_at = started_at - INTERVAL 1 HOUR WHERE migration = '${migration.claim.migration}'`,
      );
    await migration.cut(purpose, 1);
    await hourAgo();
    expect(await seconds()).toBe(0);
    await step(migration, use, { walk: purpose, shard: 0, rows: 1 });
    expect(await seconds()).toBeLessThan(3600);
    await hourAgo();
    await step(migration, use, { walk: purpose, shard: 0, rows: 1 });
    expect(await seconds()).toBeGreaterThan(3600);
  });

  test('a trigger waits behind a long transaction no longer than its patience, and queues nobody', async () => {
    await db.sql.query('CREATE TABLE held (id INT PRIMARY KEY, a INT)');
    const migration = await rename('held');
    await migration.apply('expand');
    const holder = await db.connect();
    await holder.query('START TRANSACTION; SELECT * FROM held');
    await expect(migration.applyOnce('dual-write')).rejects.toThrow(LockNotAcquired);
    expect(await db.value('SELECT COUNT(*) FROM held')).toBe(0);
    await holder.query('COMMIT');
    await migration.apply('dual-write');
    expect((await rows("SHOW TRIGGERS LIKE 'held'")).length).toBe(2);
  });

  test('an answer that is lost makes no second trigger, and no row is walked twice', async () => {
    await db.sql.query(
      'CREATE TABLE lost (id INT PRIMARY KEY, a INT); INSERT INTO lost VALUES (1, 1), (2, 2)',
    );
    const migration = await rename('lost');
    await migration.apply('expand');
    const dropped: string[] = [];
    const end = db.api.faults.when(({ body }) => {
      const what = /CREATE TRIGGER|underpin\.`batch/u.exec(JSON.stringify(body))?.[0];
      if (what === undefined || dropped.includes(what)) return undefined;
      dropped.push(what);
      return { when: 'dropAfterCommit' };
    });
    await migration.apply('dual-write');
    expect(await migration.backfill(1)).toMatchObject({ rows: 2, changed: 2 });
    end();
    expect(dropped).toHaveLength(2);
    expect((await rows("SHOW TRIGGERS LIKE 'lost'")).length).toBe(2);
  });

  test('what names the old column is found, and triggers that would be behind hold the read switch', async () => {
    await db.sql.query(`CREATE TABLE used (id INT PRIMARY KEY, a INT, other INT)`);
    await db.sql.query(
      'CREATE VIEW shows AS SELECT a FROM used; CREATE VIEW shows_not AS SELECT other FROM used',
    );
    await db.sql.query('CREATE PROCEDURE reads_it() SELECT MAX(used.A) FROM used');
    await db.sql.query('CREATE TRIGGER knows BEFORE INSERT ON used FOR EACH ROW SET NEW.a = NEW.a + 1');
    const migration = await rename('used');
    expect(migration.plan.warnings.join()).toMatch(/view .*\.shows mentions a/u);
    await migration.apply('expand', 'dual-write');
    await db.sql.query('CREATE TRIGGER late BEFORE INSERT ON used FOR EACH ROW SET NEW.other = 1');
    const usage = await loadUsage(db.database, {
      table: { schema: db.schema, name: 'used' },
      columns: ['a'],
    });
    const parser = await sqlParser();
    expect((await usage.catalog(parser)).dependents).toEqual([
      `procedure ${db.schema}.reads_it`,
      `trigger ${db.schema}.knows`,
      `view ${db.schema}.shows`,
    ]);
    expect(await usage.triggersBehind(['b'], parser)).toEqual([
      'trigger knows knows the old column alone',
      'trigger late runs after the dual write',
    ]);
    expect(await usage.statements(migration.claim, 60, parser)).toMatchObject({ kind: 'unmeasured' });
  });

  test('a column that MySQL adds to no such table beside the traffic is refused by the reason', async () => {
    await db.sql.query(
      'CREATE TABLE twice (id INT PRIMARY KEY, a VARCHAR(9), b VARCHAR(9), c VARCHAR(9), FULLTEXT (a), FULLTEXT (b))',
    );
    const planned = migrationUnderTest(db.database, freshName(), {
      table: `${db.schema}.twice`,
      change: { kind: 'change-type', column: 'c', to: 'd', type: 'varchar(20)', up: 'c', down: 'LEFT(d, 9)' },
    });
    await expect(planned).rejects.toThrow(
      /cannot add twice.d beside the traffic \(INSTANT: .*one FULLTEXT index/u,
    );
  });
});
