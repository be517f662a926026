import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest, type MigrationUnderTest } from './migration-under-test.ts';

// An owner sees past the policies of its table until they are forced upon it.

const owner = `hidden_rows_owner_${process.pid}`;
const hide = 'ALTER TABLE people ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY';
const show = 'ALTER TABLE people DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY';

let db: DatabaseUnderTest;
let count = 0;
beforeAll(async () => {
  db = await databaseUnderTest();
  await db.sql.query(`CREATE ROLE ${owner} LOGIN PASSWORD 'hidden'; GRANT ALL ON SCHEMA public TO ${owner};
    DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO ${owner}', current_database()); END $$`);
});
afterAll(async () => {
  await db.sql.query(`DROP OWNED BY ${owner} CASCADE; DROP ROLE ${owner}`);
  await db.close();
});
const made = (key: string): Promise<unknown> =>
  db.sql
    .query(`DROP TABLE IF EXISTS people, notes CASCADE; CREATE TABLE people (id int ${key}, mail text, note text);
    INSERT INTO people SELECT n, 'm' || n, 'n' || n FROM generate_series(1, 100) AS n; ALTER TABLE people OWNER TO ${owner}`);
beforeEach(() => made('PRIMARY KEY'));

const begun = async (change: Readonly<Record<string, unknown>>): Promise<MigrationUnderTest> => {
  const name = `hidden-${(count += 1)}`;
  const migration = await migrationUnderTest(db.as(owner, 'hidden'), name, {
    table: 'public.people',
    change,
  });
  await migration.apply('expand', 'dual-write');
  return migration;
};
const saysWhy = (attempt: Promise<unknown>): Promise<unknown> =>
  expect(attempt).rejects.toMatchObject({
    name: 'StatementRefused',
    sqlState: 'UP004',
    message: expect.stringContaining('row level security hides rows of the table') as unknown,
  });

const rename = { kind: 'rename-column', from: 'mail', to: 'address' };
describe('while row level security hides rows from the role of the migration, no walk believes that there are none', () => {
  test.each<[string, Readonly<Record<string, unknown>>, string?]>([
    ['rename-column', rename],
    ['rename-column of a table without a key', rename, ''],
    ['add-column', { kind: 'add-column', column: 'size', type: 'int', backfill: 'length(mail)' }],
    [
      'change-type',
      { kind: 'change-type', column: 'note', to: 'short', type: 'varchar(9)', up: 'note', down: 'short' },
    ],
    ['split-table', { kind: 'split-table', into: 'notes', columns: ['note'] }],
  ])('%s', async (_, change, key = 'PRIMARY KEY') => {
    await made(key);
    const migration = await begun(change);
    await db.sql.query(hide);
    await saysWhy(migration.backfill(1));
    await db.sql.query(show);
    // Now it is cut, and hidden when its batches come.
    await migration.cut('backfill', 1);
    await db.sql.query(hide);
    await saysWhy(migration.walk('batch', 'backfill', 1));
    await db.sql.query(show);
    expect(await migration.backfill(1)).toMatchObject({ rows: 100 });
    await migration.cut({ purpose: 'verify', n: 1 }, 1);
    await db.sql.query(hide);
    await saysWhy(migration.mismatches(1));
    await db.sql.query(show);
    expect(await migration.mismatches(1)).toBe(0);
  });
});

test('policies for others are no concern of a walk', async () => {
  const migration = await begun(rename);
  await db.sql.query('ALTER TABLE people ENABLE ROW LEVEL SECURITY');
  expect(await migration.backfill(1)).toMatchObject({ rows: 100, changed: 100 });
  expect(await migration.mismatches(1)).toBe(0);
});

test('a role whom a policy hides a row that is to be tried again is told so', async () => {
  const { plan, claim, database } = await begun(rename);
  await db.sql.query(hide);
  const sweep = plan.walks.flatMap((walk) => ('sweep' in walk ? [walk.sweep] : []))[0] ?? '';
  const parameters = {
    migration: claim.migration,
    epoch: claim.epoch,
    key: JSON.stringify(['7']),
    lock_timeout: '200ms',
  };
  await saysWhy(database.run({ text: sweep, parameters }));
});

describe('rows of another table that a policy hides are not taken for rows that are not there', () => {
  const change = {
    kind: 'add-foreign-key',
    name: 'visits_person',
    columns: 'person',
    references: 'public.people',
    referencedColumns: 'id',
    repair: { column: 'person', to: 'NULL' },
  };
  beforeEach(() =>
    db.sql.query(`DROP TABLE IF EXISTS visits; CREATE TABLE visits (id int PRIMARY KEY, person int, n int);
      INSERT INTO visits SELECT n, n FROM generate_series(1, 100) AS n; INSERT INTO visits VALUES (101, 999);
      ALTER TABLE visits OWNER TO ${owner}`),
  );
  const planned = (): Promise<MigrationUnderTest> =>
    migrationUnderTest(db.as(owner, 'hidden'), `hidden-${(count += 1)}`, { table: 'public.visits', change });
  const referring = async (): Promise<unknown> =>
    (await db.sql.query('SELECT count(person)::int AS n FROM visits')).rows[0];

  test('when it is planned', async () => {
    await db.sql.query(hide);
    await expect(planned()).rejects.toMatchObject({
      name: 'InvalidSpec',
      message: expect.stringContaining('row level security hides rows of') as unknown,
    });
  });

  test('by the walk that repairs, and by a write of the application', async () => {
    const migration = await planned();
    await migration.apply('expand');
    await migration.cut('backfill', 1);
    await db.sql.query(hide);
    await saysWhy(migration.walk('batch', 'backfill', 1));
    await db.sql.query('UPDATE visits SET n = 1');
    expect(await referring()).toEqual({ n: 101 });
    await db.sql.query(show);
    await migration.backfill(1);
    await migration.apply('verify');
    expect(await referring()).toEqual({ n: 100 });
  });
});

test('a write that the mirror may not read again is copied all the same', async () => {
  await db.sql
    .query(`DROP TABLE people CASCADE; CREATE TABLE people (id int, mail text, PRIMARY KEY (id, mail));
    INSERT INTO people SELECT n, 'm' || n FROM generate_series(1, 9) AS n; ALTER TABLE people OWNER TO ${owner}`);
  const migration = await begun({
    kind: 'partition-table',
    by: 'range',
    column: 'id',
    partitions: { people_low: [0, 5] },
  });
  await migration.backfill(1);
  await migration.apply('verify');
  expect(await migration.mismatches(1)).toBe(0);
  await db.sql.query(hide);
  await db.sql.query(
    `INSERT INTO people VALUES (10, 'new'); UPDATE people SET mail = 'told' WHERE id = 1; DELETE FROM people WHERE id = 2`,
  );
  await db.sql.query(show);
  await migration.apply('swap');
  const { rows } = await db.sql.query(
    `SELECT string_agg(id || mail, ' ' ORDER BY id) AS all FROM people WHERE id < 4 OR id > 8`,
  );
  expect(rows).toEqual([{ all: '1told 3m3 9m9 10new' }]);
});

describe('split-table: a write whose row a policy hides from the triggers is refused, and no half is left behind', () => {
  const split = { kind: 'split-table', into: 'people_notes', columns: ['note'] };
  const force = (table: string): string =>
    `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY`;
  const end = (table: string): string =>
    `ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY`;
  const halves = async (): Promise<unknown> =>
    (
      await db.sql.query(
        'SELECT p.note AS old, n.note AS new FROM people AS p LEFT JOIN people_notes AS n USING (id) WHERE id IN (1, 2) ORDER BY id',
      )
    ).rows;

  test.each(['people', 'people_notes'])('on %s', async (table) => {
    await db.sql.query('DROP TABLE IF EXISTS people_notes');
    const migration = await begun(split);
    await migration.apply('backfill');
    await migration.backfill();
    await migration.apply('verify');
    expect(await migration.mismatches()).toBe(0);
    await db.sql.query(force(table));
    const writes = [
      `UPDATE people SET note = 'old' WHERE id = 1`,
      `INSERT INTO people_notes VALUES (1, 'new') ON CONFLICT (id) DO UPDATE SET note = excluded.note`,
      'DELETE FROM people_notes WHERE id = 2',
    ];
    const told = await Promise.all(
      writes.map((sql) =>
        db.sql.query(sql).then(
          () => 'done',
          (error: unknown) => String(error),
        ),
      ),
    );
    const refused = `error: query would be affected by row-level security policy for table "${table}"`;
    expect(told).toEqual([refused, refused, refused]);
    expect(await halves()).toEqual([
      { old: 'n1', new: 'n1' },
      { old: 'n2', new: 'n2' },
    ]);
    await db.sql.query(end(table));
    for (const sql of writes) await db.sql.query(sql);
    expect(await halves()).toEqual([
      { old: 'new', new: 'new' },
      { old: null, new: null },
    ]);
    expect(await migration.mismatches()).toBe(0);
  });
});
