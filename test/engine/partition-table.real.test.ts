import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { lostPromises } from '../../engine/audit/lost-promises.ts';
import { loadUsage } from '../../engine/dialects/load-usage.ts';
import { LockNotAcquired } from '../../engine/database/errors.ts';
import { catalogSnapshot } from './catalog-snapshot.ts';
import { databaseUnderTest, sqlState, type DatabaseUnderTest } from './database-under-test.ts';
import { leftoversOf } from './leftovers-of.ts';
import { migrationUnderTest, type MigrationUnderTest } from './migration-under-test.ts';
import { refusalsOf } from './refusals-of.ts';
import { expectUndoneFromEachPhase } from './undone-phases.ts';

let db: DatabaseUnderTest;
let count = 0;
beforeAll(async () => {
  db = await databaseUnderTest('CREATE ROLE partition_reader');
});
afterAll(async () => {
  await db.sql.query('DROP OWNED BY partition_reader; DROP ROLE partition_reader');
  await db.close();
});
beforeEach(() =>
  db.sql.query(`DROP SCHEMA IF EXISTS underpin, public CASCADE; CREATE SCHEMA public;
    CREATE TABLE shops (id int PRIMARY KEY); INSERT INTO shops VALUES (1)`),
);

const range = { by: 'range', column: 'day', every: 'month', from: '2026-01-01', to: '2026-04-01' };
const wide = { kind: 'partition-table', ...range, primaryKey: ['id', 'day'] };
const declared = (change: Readonly<Record<string, unknown>> = wide) => ({ table: 'public.sales', change });
const planned = (change?: Readonly<Record<string, unknown>>): Promise<MigrationUnderTest> =>
  migrationUnderTest(db.database, `p-${(count += 1)}`, declared(change));

async function filled(change?: Readonly<Record<string, unknown>>): Promise<MigrationUnderTest> {
  const migration = await planned(change);
  await migration.apply('expand', 'dual-write', 'backfill');
  await migration.backfill();
  expect(await migration.mismatches()).toBe(0);
  return migration;
}

const plain = `CREATE TABLE sales (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, day date NOT NULL, note text);
  INSERT INTO sales (day, note) SELECT date '2025-12-20' + n, 'n' || n FROM generate_series(1, 60) AS n;`;

const zoo = `CREATE TABLE sales (
    id serial, shop int NOT NULL CONSTRAINT sales_shop REFERENCES shops ON DELETE CASCADE, day date NOT NULL,
    cents int NOT NULL DEFAULT 0 CONSTRAINT cents_check CHECK (cents >= 0), euros numeric GENERATED ALWAYS AS (cents / 100.0) STORED,
    note text COLLATE "C", CONSTRAINT sales_key PRIMARY KEY (id, day)) WITH (fillfactor = 70);
  CREATE UNIQUE INDEX sales_once ON sales (day, lower(note)) WHERE cents > 0;
  CREATE INDEX sales_note ON sales (note DESC NULLS LAST) INCLUDE (cents);
  CREATE STATISTICS sales_st (dependencies) ON shop, day FROM sales;
  COMMENT ON TABLE sales IS 'what was sold'; COMMENT ON COLUMN sales.cents IS 'in cents';
  COMMENT ON INDEX sales_note IS 'by note'; COMMENT ON CONSTRAINT sales_key ON sales IS 'the key';
  ALTER TABLE sales ALTER COLUMN note SET STATISTICS 500, ALTER COLUMN shop SET (n_distinct = 7);
  GRANT SELECT ON sales TO partition_reader; GRANT UPDATE (note) ON sales TO partition_reader WITH GRANT OPTION;`;
const rows = `INSERT INTO sales (shop, day, cents, note) SELECT 1, date '2025-12-20' + n, n, 'n' || n FROM generate_series(1, 60) AS n;`;

describe('a partitioned copy', () => {
  test('has all that the table has, and its names in the end; every phase can be undone', async () => {
    await db.sql.query(zoo + rows);
    const migration = await expectUndoneFromEachPhase(
      db,
      'zoo',
      declared({ kind: 'partition-table', ...range }),
    );
    expect(await leftoversOf(migration)).toEqual([]);
    const ours = await catalogSnapshot(db.sql);
    await db.sql.query(`DROP TABLE sales;
      ${zoo.replace(') WITH (fillfactor = 70)', ') PARTITION BY RANGE (day)')}
      CREATE TABLE sales_2026_01 PARTITION OF sales FOR VALUES FROM ('2026-01-01') TO ('2026-02-01') WITH (fillfactor = 70);
      CREATE TABLE sales_2026_02 PARTITION OF sales FOR VALUES FROM ('2026-02-01') TO ('2026-03-01') WITH (fillfactor = 70);
      CREATE TABLE sales_2026_03 PARTITION OF sales FOR VALUES FROM ('2026-03-01') TO ('2026-04-01') WITH (fillfactor = 70);
      CREATE TABLE sales_default PARTITION OF sales DEFAULT WITH (fillfactor = 70)`);
    expect(ours).toEqual(await catalogSnapshot(db.sql));
  });

  test('has what was planned, at the gate before the swap and after it, where its key is widened', async () => {
    await db.sql.query(
      `${plain} CREATE INDEX sales_note ON sales (note); ALTER TABLE sales RENAME day TO "Day"`,
    );
    const migration = await filled({ ...wide, column: 'Day', primaryKey: ['Day', 'id'] });
    const { plan } = migration;
    const before = plan.expectsBeforeSwap ?? plan.expects;
    const fresh = { schema: 'public', name: 'sales_underpin_new' };
    expect(await lostPromises(db.database, { ...plan, expects: before, table: fresh })).toEqual([]);
    await migration.apply('verify', 'swap');
    expect(await lostPromises(db.database, plan)).toEqual([]);
    await db.sql.query('DROP INDEX sales_note');
    expect(await lostPromises(db.database, plan)).toHaveLength(1);
  });

  test('counts its identity on, there and back; one that was dropped is none', async () => {
    await db.sql.query(`${plain} ALTER TABLE sales ADD COLUMN was int GENERATED ALWAYS AS IDENTITY;
      ALTER TABLE sales DROP COLUMN was`);
    const migration = await filled();
    await migration.apply('verify', 'swap');
    await db.sql.query(`INSERT INTO sales (day) VALUES ('2026-03-03')`);
    await migration.undo('swap');
    await db.sql.query(`INSERT INTO sales (day) VALUES ('2026-03-03')`);
    await migration.apply('swap');
    await db.sql.query(`INSERT INTO sales (day) VALUES ('2026-03-03')`);
    const { rows: last } = await db.sql.query(
      `SELECT id::int FROM sales WHERE day = '2026-03-03' ORDER BY id`,
    );
    expect(last).toEqual([{ id: 61 }, { id: 62 }, { id: 63 }]);
    expect((await migration.walk('check', { purpose: 'reconcile', n: 1 })).changed).toBe(0);
  });

  test('lies where it is told to by a list, and what fits nowhere in the rest', async () => {
    await db.sql.query(`CREATE TABLE sales (id int, land text, PRIMARY KEY (id, land));
      INSERT INTO sales VALUES (1, 'de'), (2, 'at'), (3, 'fr'), (4, 'us')`);
    const list = { kind: 'partition-table', by: 'list', column: 'land' };
    const migration = await filled({ ...list, partitions: { sales_german: ['de', 'at'], sales_fr: ['fr'] } });
    await migration.apply('verify', 'swap', 'contract');
    const { rows: lie } = await db.sql.query(
      `SELECT tableoid::regclass::text AS t, id FROM sales ORDER BY id`,
    );
    expect(lie.map(({ t, id }) => `${id} ${t}`)).toEqual([
      '1 sales_german',
      '2 sales_german',
      '3 sales_fr',
      '4 sales_default',
    ]);
  });

  test('follows TRUNCATE, and until the contract refuses a key that is there in another partition', async () => {
    await db.sql.query(plain);
    const migration = await filled();
    await migration.apply('verify', 'swap');
    const twice = `INSERT INTO sales (id, day) OVERRIDING SYSTEM VALUE VALUES (5, '2026-03-30')`;
    expect(await sqlState(db.sql.query(twice))).toBe('23505');
    await db.sql.query('TRUNCATE sales');
    const { rows: left } = await db.sql.query('SELECT count(*)::int AS n FROM sales_underpin_old');
    expect(left).toEqual([{ n: 0 }]);
    await db.sql.query(twice);
    await migration.undo('swap');
    const { rows: back } = await db.sql.query('SELECT id::int, day::text FROM sales');
    expect(back).toEqual([{ id: 5, day: '2026-03-30' }]);
  });

  test('is not left with a row that goes by a snapshot of before it was copied', async () => {
    await db.sql.query(plain);
    const migration = await planned();
    await migration.apply('expand', 'dual-write', 'backfill');
    const writer = await db.connect();
    await writer.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM shops');
    await migration.backfill();
    expect(await sqlState(writer.query('DELETE FROM sales WHERE id = 7'))).toBe('40001');
    await writer.query('ROLLBACK; BEGIN ISOLATION LEVEL REPEATABLE READ');
    await writer.query('DELETE FROM sales WHERE id = 7; COMMIT');
    expect(await migration.mismatches()).toBe(0);
  });

  test('waits for who has a snapshot of before the last row was copied', async () => {
    await db.sql.query(plain);
    const migration = await planned();
    await migration.apply('expand', 'dual-write', 'backfill');
    const reader = await db.connect();
    await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM shops');
    await migration.backfill();
    await migration.apply('verify');
    await expect(migration.applyOnce('swap')).rejects.toThrow(LockNotAcquired);
    await reader.query('COMMIT; BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM shops');
    await migration.apply('swap');
    expect((await reader.query('SELECT count(*)::int AS n FROM sales')).rows).toEqual([{ n: 60 }]);
    await reader.query('COMMIT');
  });

  test('waits for who has a snapshot of before, however long a standby has kept the last commit waiting', async () => {
    await db.sql.query(plain);
    const migration = await planned();
    await migration.apply('expand', 'dual-write', 'backfill');
    await migration.backfill();
    await db.sql.query(`UPDATE underpin.event SET happened_at = happened_at - interval '1 hour'`);
    // As a batch that looked at the clock five minutes ago, and is not committed yet.
    const batch = await db.connect();
    await batch.query(
      `BEGIN; UPDATE underpin.checkpoint SET updated_at = clock_timestamp() - interval '5 minutes'`,
    );
    const reader = await db.connect();
    await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM shops');
    await batch.query('COMMIT');
    await migration.apply('verify');
    await expect(migration.applyOnce('swap')).rejects.toThrow(LockNotAcquired);
    await reader.query('COMMIT');
    await migration.apply('swap');
  });

  test('a row that only one of them has is found, wherever it lies', async () => {
    await db.sql.query(plain);
    const migration = await filled();
    await db.sql
      .query(`INSERT INTO sales_underpin_new (id, day) VALUES (-5, '2026-02-02'), (999, '2026-02-02');
      DELETE FROM sales_underpin_new WHERE id IN (1, 30, 60); UPDATE sales_underpin_new SET note = 'x' WHERE id = 31`);
    await db.sql.query(
      `ALTER TABLE sales DISABLE TRIGGER ALL; DELETE FROM sales WHERE id IN (20, 21); ALTER TABLE sales ENABLE TRIGGER ALL`,
    );
    expect(await migration.mismatches(3)).toBe(8);
  });

  test('the swap stops at a column that somebody has added, and at what knows the table by its number the gate is shut', async () => {
    await db.sql.query(plain);
    const migration = await filled();
    await migration.apply('verify');
    const table = { schema: 'public', name: 'sales' };
    const bound = async () => (await loadUsage(db.database, { table, columns: [] })).bound();
    expect(await bound()).toEqual([]);
    await db.sql.query('CREATE VIEW notes AS SELECT note FROM sales');
    expect(await bound()).toEqual(['view notes']);
    await db.sql.query('ALTER TABLE sales ADD COLUMN late int');
    await expect(migration.apply('swap')).rejects.toThrow(/sales is not as .* has it: column late is new/u);
    const { rows: kind } = await db.sql.query(`SELECT relkind FROM pg_class WHERE oid = 'sales'::regclass`);
    expect(kind).toEqual([{ relkind: 'r' }]);
  });

  test('a right that was granted since expand stops the swap until the copy has it too', async () => {
    await db.sql.query(plain);
    const migration = await filled();
    await migration.apply('verify');
    const grant = (table: string) => `GRANT SELECT, UPDATE (note) ON ${table} TO partition_reader`;
    await db.sql.query(grant('sales'));
    await expect(migration.apply('swap')).rejects.toThrow(/sales is not as .* has it: .*SELECT/u);
    await db.sql.query(grant('sales_underpin_new'));
    await migration.apply('swap');
    const { rows: may } = await db.sql.query(
      `SELECT has_table_privilege('partition_reader', 'sales', 'SELECT') AS reads, has_column_privilege('partition_reader', 'sales', 'note', 'UPDATE') AS writes`,
    );
    expect(may).toEqual([{ reads: true, writes: true }]);
  });

  test.each([
    ['an index', 'CREATE UNIQUE INDEX sales_late ON sales (note)', 'DROP INDEX sales_late'],
    [
      'a check',
      'ALTER TABLE sales ADD CONSTRAINT late CHECK (id > -100) NOT VALID',
      'ALTER TABLE sales DROP CONSTRAINT late',
    ],
    [
      'a default',
      `ALTER TABLE sales ALTER COLUMN note SET DEFAULT 'late'`,
      'ALTER TABLE sales ALTER COLUMN note DROP DEFAULT',
    ],
    [
      'a trigger',
      'CREATE TRIGGER late BEFORE UPDATE ON sales FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()',
      'DROP TRIGGER late ON sales',
    ],
    [
      'a policy',
      'CREATE POLICY late ON sales; ALTER TABLE sales ENABLE ROW LEVEL SECURITY',
      'DROP POLICY late ON sales; ALTER TABLE sales DISABLE ROW LEVEL SECURITY',
    ],
    ['statistics', 'CREATE STATISTICS late ON id, day FROM sales', 'DROP STATISTICS late'],
    ['a foreign key to it', 'CREATE TABLE late (id bigint REFERENCES sales)', 'DROP TABLE late'],
    ['a child table', 'CREATE TABLE late () INHERITS (sales)', 'DROP TABLE late'],
    ['a publication', 'CREATE PUBLICATION late FOR TABLE sales', 'DROP PUBLICATION late'],
    ['a publication of all tables', 'CREATE PUBLICATION late FOR ALL TABLES', 'DROP PUBLICATION late'],
    [
      'another replica identity',
      'ALTER TABLE sales REPLICA IDENTITY FULL',
      'ALTER TABLE sales REPLICA IDENTITY DEFAULT',
    ],
    ['a comment', `COMMENT ON COLUMN sales.note IS 'late'`, 'COMMENT ON COLUMN sales.note IS NULL'],
    ['a storage option', 'ALTER TABLE sales SET (fillfactor = 70)', 'ALTER TABLE sales RESET (fillfactor)'],
    [
      'a statistics target',
      'ALTER TABLE sales ALTER COLUMN note SET STATISTICS 7',
      'ALTER TABLE sales ALTER COLUMN note SET STATISTICS -1',
    ],
    [
      'another index of the same name',
      'DROP INDEX sales_note; CREATE INDEX sales_note ON sales (note DESC)',
      'DROP INDEX sales_note; CREATE INDEX sales_note ON sales (note)',
    ],
  ])('%s that came since the plan stops the swap until it is gone', async (_, comes, goes) => {
    await db.sql.query(`${plain} CREATE INDEX sales_note ON sales (note)`);
    const migration = await filled();
    await migration.apply('verify');
    await db.sql.query(comes);
    await expect(migration.apply('swap')).rejects.toThrow(
      /sales is not as .* has it: \S.* \(SQLSTATE 42P16\)/u,
    );
    await db.sql.query(goes);
    await migration.apply('swap');
    const { rows: kind } = await db.sql.query(`SELECT relkind FROM pg_class WHERE oid = 'sales'::regclass`);
    expect(kind).toEqual([{ relkind: 'p' }]);
  });
});

describe('what the copy could not have is refused by name:', () => {
  test.each([
    [
      'a view',
      'CREATE VIEW notes AS SELECT note FROM sales',
      /view notes knows public\.sales by its number/u,
    ],
    [
      'a trigger',
      'CREATE TRIGGER t BEFORE UPDATE ON sales FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()',
      /trigger t knows/u,
    ],
    ['a policy', 'CREATE POLICY p ON sales USING (true)', /policy p on table sales knows/u],
    [
      'a publication',
      'CREATE PUBLICATION pub FOR TABLE sales',
      /publication pub knows .* publish it again/su,
    ],
    [
      'a foreign key',
      'CREATE TABLE uses (sale bigint CONSTRAINT uses_sale REFERENCES sales)',
      /foreign key uses_sale of uses knows/u,
    ],
    [
      'a unique index',
      'CREATE UNIQUE INDEX once ON sales (note)',
      /the unique index once does not hold day/u,
    ],
    [
      'an unvalidated check',
      `ALTER TABLE sales ADD CONSTRAINT short CHECK (note <> 'n1') NOT VALID`,
      /short is not validated/u,
    ],
    [
      'a replica identity',
      'ALTER TABLE sales REPLICA IDENTITY FULL',
      /replica identity of public\.sales is full/u,
    ],
    ['row level security', 'ALTER TABLE sales ENABLE ROW LEVEL SECURITY', /row level security is on/u],
    [
      'a taken name',
      'CREATE TABLE sales_2026_02 ()',
      /there is a relation or a constraint called sales_2026_02/u,
    ],
  ])('%s', async (_, sql, expected) => {
    await db.sql.query(plain + sql);
    try {
      expect(await refusalsOf(planned())).toMatch(expected);
    } finally {
      await db.sql.query('DROP PUBLICATION IF EXISTS pub');
    }
  });

  test.each([
    ['no key that holds the column', { ...range }, /`primaryKey: \[id, day\]`/u],
    [
      'a primary key of something else',
      { ...wide, primaryKey: ['day', 'note'] },
      /becomes the old one and the column/u,
    ],
    [
      'bounds that overlap',
      {
        ...wide,
        every: undefined,
        from: undefined,
        to: undefined,
        partitions: { a: ['2026-01-01', '2026-03-01'], b: ['2026-02-01', '2026-04-01'] },
      },
      /partition "b" would overlap partition "a"/u,
    ],
    [
      'a bound of another type',
      { ...wide, every: undefined, from: undefined, to: undefined, partitions: { a: ['soon', 'later'] } },
      /invalid input syntax for type date: "soon"/u,
    ],
    ['a month that begins in its middle', { ...wide, from: '2026-01-15' }, /counted from the first day/u],
    ['too many', { ...wide, every: 'day', from: '2020-01-01' }, /201 partitions/u],
  ])('%s', async (_, keys, expected) => {
    await db.sql.query(plain);
    expect(
      await refusalsOf(planned(JSON.parse(JSON.stringify({ kind: 'partition-table', ...keys })))),
    ).toMatch(expected);
  });
});

test('a role that may not refer to what a foreign key refers to is told so by the plan', async () => {
  const role = `partition_mover_${process.pid}`;
  await db.sql.query(`${zoo} CREATE ROLE ${role} LOGIN PASSWORD 'x'; GRANT ALL ON SCHEMA public TO ${role};
    DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO ${role}', current_database()); END $$;
    ALTER TABLE sales OWNER TO ${role}`);
  try {
    const asked = (): Promise<string> =>
      refusalsOf(migrationUnderTest(db.as(role, 'x'), `p-${(count += 1)}`, declared()));
    expect(await asked()).toContain(
      `${role}, the role of the migration, may not refer to shops, as sales_shop does`,
    );
    await db.sql.query(`GRANT REFERENCES ON shops TO ${role}`);
    expect(await asked()).toBe('');
  } finally {
    await db.sql.query(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`);
  }
});

test('a table that refers to a partitioned one is exchanged with a copy that refers to it too', async () => {
  await db.sql.query(`CREATE TABLE regions (code text PRIMARY KEY) PARTITION BY LIST (code);
    CREATE TABLE regions_x PARTITION OF regions FOR VALUES IN ('x'); INSERT INTO regions VALUES ('x');
    ${plain} ALTER TABLE sales ADD COLUMN region text DEFAULT 'x' CONSTRAINT sales_region REFERENCES regions`);
  const migration = await filled();
  await migration.apply('verify', 'swap', 'confidence', 'contract');
  expect(await sqlState(db.sql.query(`INSERT INTO sales (day, region) VALUES ('2026-01-01', 'y')`))).toBe(
    '23503',
  );
  await db.sql.query(`INSERT INTO sales (day, region) VALUES ('2026-01-01', 'x')`);
  expect(await leftoversOf(migration)).toEqual([]);
});
