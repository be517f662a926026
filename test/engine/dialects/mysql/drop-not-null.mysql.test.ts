import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InvalidSpec, RowRefused } from '../../../../engine/database/errors.ts';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { migrationUnderTest } from '../../migration-under-test.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { asReviewed } from './as-reviewed.ts';
import { freshName } from './fresh-name.ts';

const schema = `
CREATE TABLE customer (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  email VARCHAR(190) CHARACTER SET latin1 COLLATE latin1_german1_ci NOT NULL DEFAULT 'it''s \\\\ "x"' COMMENT 'where it''s sent \\\\',
  touched TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
  mood ENUM('sad','it''s') NOT NULL DEFAULT 'sad',
  hidden INT UNSIGNED NOT NULL DEFAULT 7 INVISIBLE,
  bits BIT(3) NOT NULL DEFAULT b'101',
  raw BINARY(2) NOT NULL DEFAULT 'a',
  price DECIMAL(10,2) NOT NULL,
  area POINT NOT NULL SRID 4326,
  token CHAR(36) NOT NULL DEFAULT (UUID()),
  words JSON NOT NULL DEFAULT (JSON_ARRAY('it''s', '\\\\', 'a"b\\n')) COMMENT 'in (order) INVISIBLE',
  said TEXT CHARACTER SET latin1 NOT NULL DEFAULT ('it''s \\\\ x'),
  twice INT NOT NULL DEFAULT (hidden * 2),
  odd TEXT NOT NULL DEFAULT ('ü'),
  bytes VARBINARY(3) NOT NULL DEFAULT x'6100',
  none VARBINARY(3) NOT NULL DEFAULT '',
  zeros BINARY(3) NOT NULL DEFAULT '',
  total INT GENERATED ALWAYS AS (hidden + 1) STORED NOT NULL,
  KEY email (email)
);
CREATE TABLE busy (id INT AUTO_INCREMENT PRIMARY KEY, note VARCHAR(50) NOT NULL, n INT NOT NULL DEFAULT 0);
INSERT INTO busy (note) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900) SELECT i FROM n;`;

describe.skipIf(!hasMysql())('drop-not-null on MySQL', () => {
  let db: MysqlUnderTest;
  beforeAll(async () => {
    db = await mysqlUnderTest(schema);
  });
  afterAll(() => db.close());

  const relax = (column: string, table = 'customer', name = freshName()) =>
    migrationUnderTest(db.database, name, {
      table: `${db.schema}.${table}`,
      change: { kind: 'drop-not-null', column },
    });

  test('its SQL is as it was reviewed', async () => {
    const { plan } = await relax('email', 'customer', 'drop-not-null');
    asReviewed(plan, db.schema);
  });

  test.each([
    'email',
    'touched',
    'mood',
    'hidden',
    'bits',
    'raw',
    'price',
    'area',
    'token',
    'words',
    'said',
    'twice',
    'none',
    'zeros',
  ])(
    '%s may be NULL then, keeps all else that it has, and is NOT NULL again when it is undone',
    async (column) => {
      const before = await db.definition('customer');
      const migration = await relax(column);
      await migration.apply('expand');
      await migration.apply('expand');
      const relaxed = await db.definition('customer');
      expect(await isNullable(column)).toBe('YES');
      const others = (definition: string) =>
        definition.split('\n').filter((line) => !line.includes(`\`${column}\` `));
      expect(others(relaxed)).toEqual(others(before));
      await migration.undo('expand');
      expect(await db.definition('customer')).toBe(before);
      await migration.ledger.close(migration.claim, 'rolled-back');
    },
  );

  const isNullable = (column: string) =>
    db.value(`SELECT is_nullable FROM information_schema.columns
              WHERE table_schema = DATABASE() AND table_name = 'customer' AND column_name = '${column}'`);

  test.each([
    ['odd', 'has a default that the catalog does not give back'],
    ['bytes', 'has a default that the catalog does not give back'],
    ['total', 'is generated'],
    ['id', 'belongs to the primary key'],
    ['nothing', 'has no column "nothing"'],
  ])('%s is refused before anything is touched', async (column, why) => {
    const before = await db.definition('customer');
    await expect(relax(column)).rejects.toThrow(why);
    expect(await db.definition('customer')).toBe(before);
  });

  test('other kinds of change are refused by name, with the place in the file', async () => {
    const refused = migrationUnderTest(db.database, freshName(), {
      table: `${db.schema}.customer`,
      change: { kind: 'move-table', to: 'elsewhere', by: 'alias' },
    });
    await expect(refused).rejects.toThrow(InvalidSpec);
    await expect(refused).rejects.toThrow(
      /change\.kind: MySQL: not supported yet: move-table\. docs\/mysql\.md/,
    );
  });

  test('a table that is no InnoDB table of rows is refused', async () => {
    await db.sql.query(`CREATE VIEW seen AS SELECT * FROM busy;
      CREATE TABLE parted (id INT PRIMARY KEY, c INT NOT NULL) PARTITION BY HASH (id) PARTITIONS 2`);
    await expect(relax('c', 'seen')).rejects.toThrow('is not a table');
    for (const [engine, remedy] of [
      ['MyISAM', /`ALTER TABLE \S+ ENGINE = InnoDB` first/],
      ['MEMORY', /`ALTER TABLE \S+ ENGINE = InnoDB` first/],
      ['CSV', /`ALTER TABLE \S+ ENGINE = InnoDB` first/],
      ['BLACKHOLE', /Name the table that holds them/],
    ] as const) {
      await db.sql.query(`DROP TABLE IF EXISTS old; CREATE TABLE old (c INT NOT NULL) ENGINE = ${engine}`);
      await expect(relax('c', 'old')).rejects.toThrow(`is a table of the storage engine ${engine}, `);
      await expect(relax('c', 'old')).rejects.toThrow(remedy);
    }
    await expect(relax('c', 'parted')).rejects.toThrow('is partitioned');
    await expect(relax('c', 'busi')).rejects.toThrow(/Did you mean `.*\.busy`/);
  });

  test('a row that holds NULL keeps its undo from running, and is not changed', async () => {
    const migration = await relax('price');
    await migration.apply('expand');
    await db.sql.query(
      "INSERT INTO customer (price, area) VALUES (NULL, ST_GeomFromText('POINT(1 2)', 4326))",
    );
    // Also for a role that does not mind otherwise.
    await expect(migration.undo('expand')).rejects.toThrow(RowRefused);
    expect(await db.value('SELECT COUNT(*) FROM customer WHERE price IS NULL')).toBe(1);
    expect(await isNullable('price')).toBe('YES');
    await db.sql.query('DELETE FROM customer');
    await migration.undo('expand');
    expect(await isNullable('price')).toBe('NO');
  });

  test('writers go on while it runs, and nothing of theirs is lost', async () => {
    const migration = await relax('note', 'busy');
    const over = new AbortController();
    let written = 0;
    const writers = [1, 2].map(async () => {
      const connection = await db.connect();
      while (!over.signal.aborted) {
        await connection.query("INSERT INTO busy (note) VALUES ('w')");
        written += 1;
        await connection.query('UPDATE busy SET n = n + 1 WHERE id = 5');
      }
    });
    await migration.apply('expand');
    await migration.undo('expand');
    await migration.apply('expand');
    over.abort();
    await Promise.all(writers);
    expect(await db.value("SELECT COUNT(*) FROM busy WHERE note = 'w'")).toBe(written);
    expect(await db.value('SELECT n FROM busy WHERE id = 5')).toBe(written);
    await db.sql.query('INSERT INTO busy (note) VALUES (NULL)');
  });

  test('an answer that is lost is told from a failure by the catalog', async () => {
    await db.sql.query('CREATE TABLE lost (id INT PRIMARY KEY, c INT NOT NULL)');
    const migration = await relax('c', 'lost');
    let dropped = 0;
    const end = db.api.faults.when(({ body }) =>
      JSON.stringify(body).includes('MODIFY COLUMN') && (dropped += 1) === 1
        ? { when: 'dropAfterCommit' }
        : undefined,
    );
    await migration.apply('expand');
    end();
    expect(dropped).toBeGreaterThanOrEqual(1);
    expect((await migration.ledger.applied(migration.claim.migration)).has('expand', 'run', 0)).toBe(true);
  });

  test('one that waits for a long transaction gives up, and queues nobody for ever', async () => {
    await db.sql.query('CREATE TABLE held (id INT PRIMARY KEY, c INT NOT NULL)');
    const migration = await relax('c', 'held');
    const holder = await db.connect();
    await holder.query('START TRANSACTION; SELECT * FROM held');
    await expect(migration.applyOnce('expand')).rejects.toMatchObject({ name: 'LockNotAcquired' });
    expect(await db.value('SELECT COUNT(*) FROM held')).toBe(0);
    await holder.query('COMMIT');
    await migration.apply('expand');
  });
});
