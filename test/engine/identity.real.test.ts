import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { LockNotAcquired } from '../../engine/database/errors.ts';
import { catalogSnapshot } from './catalog-snapshot.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest, type Declared, type MigrationUnderTest } from './migration-under-test.ts';
import { refusalsOf } from './refusals-of.ts';
import { expectUndoneFromEachPhase } from './undone-phases.ts';

let db: DatabaseUnderTest;
let count = 0;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterAll(() => db.close());

const people = `CREATE TABLE people (
    id integer GENERATED ALWAYS AS IDENTITY (START WITH 5 INCREMENT BY 2 CACHE 1 CYCLE) PRIMARY KEY, name text);
  CREATE TABLE visits (person_id integer NOT NULL REFERENCES people);
  GRANT SELECT, USAGE ON SEQUENCE people_id_seq TO pg_monitor;
  GRANT SELECT ON SEQUENCE people_id_seq TO PUBLIC;
  COMMENT ON SEQUENCE people_id_seq IS 'who comes next';
  INSERT INTO people (name) SELECT 'old-' || n FROM generate_series(1, 20) AS n;
  INSERT INTO visits SELECT id FROM people;`;
beforeEach(() => db.sql.query(`DROP TABLE IF EXISTS people, visits CASCADE; ${people}`));

const table = 'public.people';
const toBigint = {
  table,
  change: { kind: 'change-type', column: 'id', type: 'bigint', down: 'id::integer' },
};
const renamed = { table, change: { kind: 'rename-column', from: 'id', to: 'person' } };
const retyped = {
  table,
  change: {
    kind: 'change-type',
    column: 'id',
    to: 'person',
    type: 'bigint',
    up: 'id::bigint',
    down: 'person::integer',
  },
};

const planned = (declared: Declared): Promise<MigrationUnderTest> =>
  migrationUnderTest(db.database, `identity-${(count += 1)}`, declared);

async function verified(declared: Declared): Promise<MigrationUnderTest> {
  const migration = await planned(declared);
  await migration.apply('expand', 'dual-write', 'backfill');
  await migration.backfill();
  await migration.apply('verify');
  return migration;
}

const inserted = async (name: string, column = 'id'): Promise<unknown> =>
  (await db.sql.query(`INSERT INTO people (name) VALUES ('${name}') RETURNING ${column}::integer AS id`))
    .rows[0];

// PostgreSQL 18 gives each NOT NULL a name, and the new column's is its own.
const withoutNamesOfNotNull = async (): Promise<readonly string[]> =>
  (await catalogSnapshot(db.sql)).filter((line) => !/^constraint \S+ \S+ NOT NULL/u.test(line));

describe('an identity goes over to the column that takes its place', () => {
  test.each([
    ['under the same name', 'i-same', toBigint, 'ALTER TABLE people ALTER COLUMN id TYPE bigint'],
    ['under another name', 'i-renamed', renamed, 'ALTER TABLE people RENAME COLUMN id TO person'],
    [
      'under another name, with another type',
      'i-retyped',
      retyped,
      'ALTER TABLE people ALTER COLUMN id TYPE bigint; ALTER TABLE people RENAME COLUMN id TO person',
    ],
  ])(
    '%s: as it was from each phase, in the end as a plain ALTER leaves it',
    async (_, name, declared, plain) => {
      await expectUndoneFromEachPhase(db, name, declared);
      const ours = await withoutNamesOfNotNull();
      await db.sql.query(`DROP TABLE people, visits; ${people} ${plain}`);
      const theirs = await withoutNamesOfNotNull();
      // Names of indexes and constraints that the plan announces.
      const named = (line: string): string => line.replaceAll(/people_pkey\w*|visits_\w+_fkey\w*/gu, '…');
      expect(ours.map(named)).toEqual(theirs.map(named));
    },
  );

  test('counts on through the swap, back, and again', async () => {
    const migration = await verified(toBigint);
    const ids = [await inserted('a')];
    await migration.apply('swap');
    ids.push(await inserted('b'));
    await migration.undo('swap');
    ids.push(await inserted('c'));
    await migration.apply('swap', 'confidence');
    ids.push(await inserted('d'));
    await migration.apply('contract');
    ids.push(await inserted('e'));
    expect(ids).toEqual([45, 47, 49, 51, 53].map((id) => ({ id })));
  });

  test('counts on beyond the old type once there is no way back, and not before', async () => {
    const migration = await verified(toBigint);
    await migration.apply('swap');
    await db.sql.query(`SELECT setval('people_id_seq', 2147483647)`);
    // It cycles, as it did.
    expect(await inserted('a')).toEqual({ id: 1 });
    await migration.apply('confidence', 'contract');
    await db.sql.query(`SELECT setval('people_id_seq', 2147483647)`);
    const { rows } = await db.sql.query(
      `WITH new AS (INSERT INTO people (name) VALUES ('b') RETURNING id) SELECT id::text FROM new`,
    );
    expect(rows).toEqual([{ id: '2147483649' }]);
  });

  test('refuses a value of the application as before, by the new name from the contract on', async () => {
    const migration = await verified(renamed);
    await migration.apply('read-switch', 'confidence', 'quarantine', 'contract');
    await expect(db.sql.query('INSERT INTO people (person) VALUES (7)')).rejects.toMatchObject({
      code: '428C9',
    });
    expect(await inserted('x', 'person')).toEqual({ id: 45 });
  });

  test('waits for whoever has drawn a number by hand and may draw another', async () => {
    const migration = await verified(toBigint);
    const other = await db.connect();
    await other.query(`BEGIN; SELECT nextval('people_id_seq')`);
    await expect(migration.applyOnce('swap')).rejects.toThrow(LockNotAcquired);
    await other.query('COMMIT');
    await migration.apply('swap');
    expect(await inserted('after')).toEqual({ id: 47 });
  });
});

test('what would lose the sequence, or cannot count, is refused before anything is touched', async () => {
  const numeric = {
    table,
    change: { kind: 'change-type', column: 'id', type: 'numeric', down: 'id::integer' },
  };
  expect(await refusalsOf(planned(numeric))).toContain(
    'people.id is an identity column, which numeric cannot be. Choose smallint, integer, or bigint',
  );
  const withDefault = { table, change: { ...toBigint.change, default: '1' } };
  expect(await refusalsOf(planned(withDefault))).toContain(
    'people.id is an identity column, which has no default',
  );
  await db.sql.query(`ALTER TABLE visits ADD COLUMN n bigint DEFAULT nextval('people_id_seq')`);
  expect(await refusalsOf(planned(toBigint))).toContain(
    'default value for column n of table visits uses the sequence of the identity column people.id',
  );
});

test('the plan says that the sequence is recreated', async () => {
  const { plan } = await planned(toBigint);
  expect(plan.warnings.join('\n')).toContain('the sequence of id is recreated in the swap and counts on');
});

test('a sequence that a default draws from without owning it is not widened, and the plan says where it ends', async () => {
  await db.sql.query(`CREATE SEQUENCE shared AS integer; CREATE SEQUENCE wide;
    CREATE TABLE counted (id int PRIMARY KEY DEFAULT nextval('shared'), n int DEFAULT nextval('wide'))`);
  const warningsOf = async (column: string): Promise<string> =>
    (
      await migrationUnderTest(db.database, `counted-${column}`, {
        table: 'public.counted',
        change: { kind: 'change-type', column, type: 'bigint', down: `${column}::integer` },
      })
    ).plan.warnings.join('\n');
  expect(await warningsOf('n')).not.toContain('draws from');
  expect(await warningsOf('id')).toContain(
    'the sequence public.shared, which the default of id draws from, does not belong to it and stays integer: it ends before bigint does. If it is to go on: ALTER SEQUENCE public.shared AS bigint',
  );
});
