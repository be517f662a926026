import { afterAll, beforeAll, expect, test } from 'vitest';
import { InvalidSpec } from '../../engine/database/errors.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest, ownWarnings } from './migration-under-test.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest(`
    CREATE ROLE clerk; CREATE ROLE printer;
    CREATE TABLE zips (zip text PRIMARY KEY);
    CREATE TABLE places (id int PRIMARY KEY, street text CHECK (street <> ''), zip text DEFAULT '' REFERENCES zips, house serial);
    CREATE UNIQUE INDEX places_at ON places (street, zip);
    CREATE STATISTICS places_about ON street, zip FROM places;
    COMMENT ON COLUMN places.street IS 'as on the sign';
    GRANT SELECT (street, zip) ON places TO clerk;
    GRANT SELECT (street) ON places TO printer;`);
});
afterAll(async () => {
  await db.sql.query('DROP OWNED BY clerk, printer; DROP ROLE clerk, printer');
  await db.close();
});

const split = {
  kind: 'split-column',
  column: 'name',
  down: "nullif(concat_ws(' ', first, last), '')",
  into: {
    first: { type: 'text', up: "nullif(split_part(name, ' ', 1), '')" },
    // Who has three names is refused.
    last: { type: 'varchar(5)', up: "nullif(substr(name, length(split_part(name, ' ', 1)) + 2), '')" },
  },
};

let tables = 0;
/** A table with one row that nobody has filled yet, under dual write. */
async function unfilled(name: string, more = '') {
  const table = `people_${(tables += 1)}`;
  await db.sql.query(
    `CREATE TABLE ${table} (id int PRIMARY KEY, name text); ${more.replaceAll('people', table)}`,
  );
  await db.sql.query(`INSERT INTO ${table} VALUES (1, '${name}')`);
  const migration = await migrationUnderTest(db.database, table.replace('_', '-'), {
    table: `public.${table}`,
    change: split,
  });
  await migration.apply('expand', 'dual-write');
  const write = async (set: string) => {
    await db.sql.query(`UPDATE ${table} SET ${set} WHERE id = 1`);
    const { rows } = await db.sql.query(`SELECT name, first, last FROM ${table} WHERE id = 1`);
    return [rows[0]?.name, rows[0]?.first, rows[0]?.last];
  };
  return { migration, write };
}

test.each([
  ["first = 'Bea'", ['Bea Lee', 'Bea', 'Lee']],
  ["last = 'Low'", ['Ann Low', 'Ann', 'Low']],
  ["first = 'Bea', last = NULL", ['Bea', 'Bea', null]],
  ['last = NULL', ['Ann', 'Ann', null]],
  ['first = NULL, last = NULL', [null, null, null]],
  ['name = name, first = first, last = last', ['Ann Lee', 'Ann', 'Lee']],
])('on a row that nobody has filled, %s writes that and keeps the rest', async (set, gives) => {
  const { migration, write } = await unfilled('Ann Lee');
  expect(await write(set)).toEqual(gives);
  await migration.backfill(1);
  expect(await write('id = 1')).toEqual(gives);
});

test('what one statement has named counts for no other one of its transaction', async () => {
  const { write } = await unfilled('Ann Lee', "INSERT INTO people VALUES (2, 'Eve Low');");
  await db.sql.query('BEGIN');
  await db.sql.query(`UPDATE people_${tables} SET first = NULL, last = NULL WHERE id = 2`);
  expect(await write("first = 'Bea'")).toEqual(['Bea Lee', 'Bea', 'Lee']);
  await db.sql.query('COMMIT');
});

test('a row that refuses the conversion takes a whole new side and no part of one', async () => {
  const { migration, write } = await unfilled('Ann Maria Lee');
  await migration.backfill(1);
  await expect(write("first = 'Bea'")).rejects.toThrow(/value too long/u);
  expect(await write("name = 'Ann Maria Low'")).toEqual(['Ann Maria Low', null, null]);
  expect(await write("first = 'Bea', last = 'Low'")).toEqual(['Bea Low', 'Bea', 'Low']);
});

test('what a trigger of the application puts into a new column stands', async () => {
  const { write } = await unfilled(
    'Ann Lee',
    `CREATE FUNCTION people_first() RETURNS trigger LANGUAGE plpgsql AS
       'BEGIN NEW := jsonb_populate_record(NEW, jsonb_build_object(''first'', ''Zoe'')); RETURN NEW; END';
     CREATE TRIGGER a BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION people_first();`,
  );
  expect(await write('id = 1')).toEqual(['Zoe Lee', 'Zoe', 'Lee']);
});

const merge = (more: Readonly<Record<string, unknown>>) => ({
  kind: 'merge-columns',
  columns: { street: "split_part(place, ',', 1)", zip: "split_part(place, ',', 2)" },
  into: { place: { type: 'text', up: "concat_ws(',', street, zip)", default: 'NULL' } },
  indexes: { places_at: '(place)' },
  checks: { places_street_check: "place <> ''" },
  foreignKeys: { places_zip_fkey: 'drop' },
  ...more,
});

async function planned(change: Readonly<Record<string, unknown>>) {
  try {
    const { plan } = await migrationUnderTest(db.database, 'places-merged', {
      table: 'public.places',
      change,
    });
    return plan;
  } catch (error) {
    if (error instanceof InvalidSpec) return error.message;
    throw error;
  }
}

test.each([
  [
    { indexes: {} },
    /unique index places_at of places is about the old columns, and nothing says what takes its place/u,
  ],
  [{ checks: {} }, /check places_street_check of places is about the old columns/u],
  [{ foreignKeys: {} }, /foreign key places_zip_fkey of places is about the old columns/u],
  [
    { indexes: { places_at: '(street)' } },
    /change.indexes.places_at: the database refuses this over the new columns: column "street" does not exist/u,
  ],
  [
    { checks: { places_street_check: 'place > 1' } },
    /change.checks.places_street_check: the database refuses this/u,
  ],
  [
    { indexes: { places_at: 'drop', other: '(place)' } },
    /change.indexes.other: no index "other" is about "street", "zip". There is: places_at/u,
  ],
  [
    { into: { place: { type: 'text', up: "concat_ws(',', street, zip)" } } },
    /"zip" has the default ''::text, and nothing says what "place" holds/u,
  ],
  [
    { into: { place: { type: 'text', up: "concat_ws(',', street, zip, id)", default: 'NULL' } } },
    /change.into.place.up: the database cannot read this expression/u,
  ],
  [
    {
      columns: { street: 'place', house: '1' },
      into: { place: { type: 'text', up: 'street || house', default: 'NULL' } },
    },
    /the sequence public.places_house_seq belongs to "house" and would be dropped with it/u,
  ],
])('nothing is dropped in silence: %j', async (more, says) => {
  expect(await planned(merge(more))).toMatch(says);
});

test('what is answered is built, and what is not carried over stands in the plan', async () => {
  const plan = await planned(merge({}));
  if (typeof plan === 'string') throw new Error(plan);
  expect(plan.expects).toMatchObject({
    columns: [{ name: 'place', grants: [{ grantee: 'clerk', privilege: 'SELECT' }] }],
    indexes: [{ unique: true, definition: 'USING btree (place)' }],
    constraints: [{ valid: true }],
    leftBehind: ['statistics places_about', 'foreign key places_zip_fkey'],
  });
  expect(ownWarnings(plan)).toEqual([
    'statistics places_about is not carried over to place: it is about the columns that go',
    'foreign key places_zip_fkey is not carried over to place: the file says so',
    'the comment of street is not carried over to place',
    'printer has SELECT on street and not on every old column: it gets none on place',
  ]);
});
