import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadUsage } from '../../engine/dialects/load-usage.ts';
import { sqlParser } from '../../lambdas/runtime/sql-parser.ts';
import { databaseUnderTest, sqlState, type DatabaseUnderTest } from './database-under-test.ts';
import { promisedUnits, seenUnits } from './kept-promises.ts';
import { leftoversOf } from './leftovers-of.ts';
import { migrationUnderTest, ownWarnings, type MigrationUnderTest } from './migration-under-test.ts';
import { refusalsOf } from './refusals-of.ts';
import { expectUndoneFromEachPhase } from './undone-phases.ts';

let db: DatabaseUnderTest;
let count = 0;
beforeAll(async () => {
  db = await databaseUnderTest('SELECT 1');
});
afterAll(() => db.close());
beforeEach(() =>
  db.sql.query(`DROP SCHEMA IF EXISTS underpin, public CASCADE; CREATE SCHEMA public;
    CREATE EXTENSION pg_stat_statements;
    CREATE TABLE shops (id int PRIMARY KEY);
    CREATE TABLE parts (id serial PRIMARY KEY, shop int REFERENCES shops, note text);
    INSERT INTO shops VALUES (1);
    INSERT INTO parts (shop, note) VALUES (1, 'a'), (1, 'b')`),
);

const table = { schema: 'public', name: 'parts' };
const declared = { table: 'public.parts', change: { kind: 'drop-table' } };
const farewell = (): Promise<MigrationUnderTest> =>
  migrationUnderTest(db.database, `t-${(count += 1)}`, declared);
const refusals = (): Promise<string> => refusalsOf(farewell());

describe('what keeps the table is refused by name:', () => {
  test.each([
    ['a view', 'CREATE VIEW notes AS SELECT note FROM parts', /view notes reads public\.parts/u],
    [
      'a materialised view',
      'CREATE MATERIALIZED VIEW notes AS SELECT note FROM parts',
      /materialized view notes reads/u,
    ],
    [
      'a foreign key',
      'CREATE TABLE uses (part int CONSTRAINT uses_part REFERENCES parts)',
      /foreign key uses_part of uses refers to public\.parts/u,
    ],
    [
      'a function with a parsed body',
      'CREATE FUNCTION parts_there() RETURNS bigint BEGIN ATOMIC SELECT count(*) FROM parts; END',
      /function parts_there\(\) uses public\.parts/u,
    ],
    [
      'a function that takes a row',
      `CREATE FUNCTION noted(p parts) RETURNS text LANGUAGE sql AS 'SELECT $1.note'`,
      /function noted\(parts\) uses the row type/u,
    ],
    [
      'a column of the row type',
      'CREATE TABLE kept (part parts)',
      /column part of table kept uses the row type/u,
    ],
    [
      'a policy of another table',
      'CREATE POLICY mine ON shops USING (EXISTS (SELECT FROM parts))',
      /policy mine on table shops reads/u,
    ],
    [
      'another table that counts by its sequence',
      `CREATE TABLE other (id int DEFAULT nextval('parts_id_seq'))`,
      /default value for column id of table other, by sequence parts_id_seq/u,
    ],
    [
      'an heir',
      'CREATE TABLE more () INHERITS (parts)',
      /table more is a part of public\.parts or inherits/u,
    ],
    [
      'the name that it would have in quarantine',
      'CREATE TABLE underpin_quarantined_parts ()',
      /called underpin_quarantined_parts already/u,
    ],
  ])('%s', async (_, schema, says) => {
    expect(await refusals()).toBe('');
    await db.sql.query('DROP SCHEMA underpin CASCADE');
    await db.sql.query(schema);
    expect(await refusals()).toMatch(says);
  });

  test('a partitioned table, whose parts are used by their own names', async () => {
    await db.sql.query(`DROP TABLE parts; CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id);
      CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (9)`);
    expect(await refusals()).toMatch(/table parts_1 is a part of public\.parts/u);
  });
});

test('what goes with it, what is published and what mentions it is in the plan', async () => {
  await db.sql.query(`
    CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER watch BEFORE UPDATE ON parts FOR EACH ROW EXECUTE FUNCTION f();
    CREATE POLICY own ON parts USING (true);
    CREATE PUBLICATION everything FOR TABLE parts;
    CREATE FUNCTION of_parts() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM parts'`);
  const said = ownWarnings((await farewell()).plan).join('\n');
  for (const name of [
    'foreign key parts_shop_fkey; that locks shops too',
    'trigger watch',
    'policy own on table parts',
    'sequence parts_id_seq',
    'publication everything publishes public.parts',
    'function of_parts() mentions parts',
  ])
    expect(said).toContain(name);
});

test.each([
  { functions: 20, rest: [] },
  { functions: 21, rest: ['another function mentions parts'] },
  { functions: 23, rest: ['each of 3 more functions mentions parts'] },
])(
  'of $functions functions that mention it the plan names 20, and says how many more there are',
  async ({ functions, rest }) => {
    await db.sql.query(`DROP FUNCTION IF EXISTS of_parts();
    DO $$ BEGIN FOR n IN 10..${functions + 9} LOOP
      EXECUTE format('CREATE FUNCTION of_parts_%s() RETURNS bigint LANGUAGE sql AS ''SELECT count(*) FROM parts''', n);
    END LOOP; END $$`);
    const said = ownWarnings((await farewell()).plan).flatMap((each) =>
      / mentions parts/u.test(each) ? [each.split(';')[0]] : [],
    );
    await db.sql.query(
      `DO $$ BEGIN FOR n IN 10..${functions + 9} LOOP EXECUTE format('DROP FUNCTION of_parts_%s()', n); END LOOP; END $$`,
    );
    expect(said).toEqual([
      ...Array.from({ length: 20 }, (_, n) => `function of_parts_${n + 10}() mentions parts`),
      ...rest,
    ]);
  },
);

test('the quarantine fails whoever names it, prepared statements too, and brings every row back', async () => {
  const migration = await farewell();
  await db.sql.query(
    "PREPARE kept AS SELECT note FROM parts ORDER BY id; EXECUTE kept; UPDATE parts SET note = 'late' WHERE id = 2",
  );
  await migration.apply('quarantine');
  expect(await sqlState(db.sql.query('SELECT FROM parts'))).toBe('42P01');
  expect(await sqlState(db.sql.query('EXECUTE kept'))).toBe('42P01');
  await migration.undo('quarantine');
  expect((await db.sql.query('EXECUTE kept')).rows).toEqual([{ note: 'a' }, { note: 'late' }]);
});

test('each way back leaves the catalog as it was, and the contract leaves nothing', async () => {
  const migration = await expectUndoneFromEachPhase(db, 'whole', declared);
  const { rows } = await db.sql.query(
    `SELECT relname FROM pg_class WHERE relname LIKE '%parts%' AND relnamespace = 'public'::regnamespace`,
  );
  expect(rows).toEqual([]);
  expect(await leftoversOf(migration)).toEqual([]);
});

test('it locks and scans what the plan says, and the table that its foreign key refers to', async () => {
  const migration = await farewell();
  const promised = promisedUnits(migration, { 'drop parts': ['shops ACCESS EXCLUSIVE'] });
  expect(await seenUnits(db, migration)).toEqual(promised);
});

describe('who still uses it is found among the statements', () => {
  const statements = async (...run: readonly string[]): Promise<readonly string[]> => {
    const migration = await farewell();
    const usage = await loadUsage(db.database, { table, columns: [] });
    await usage.note(migration.claim);
    for (const each of run) await db.sql.query(each);
    const measured = await usage.statements(migration.claim, 3600, await sqlParser());
    if (measured.kind !== 'counted') throw new Error(measured.kind);
    return measured.named.map(({ verb, writes }) => `${verb} ${writes ? 'writes' : 'reads'}`).toSorted();
  };

  test('by any statement that names it, in whatever place', async () => {
    expect(
      await statements(
        'SELECT s.id FROM shops AS s WHERE EXISTS (SELECT FROM parts AS p WHERE p.shop = s.id)',
        'INSERT INTO parts (shop) VALUES (1)',
        'UPDATE shops SET id = shops.id FROM public.parts WHERE shop = shops.id',
        'DELETE FROM parts WHERE id = 99',
        'COPY parts TO STDOUT',
        'TRUNCATE parts',
      ),
    ).toEqual([
      'COPY reads',
      'DELETE writes',
      'INSERT writes',
      'SELECT reads',
      'TRUNCATE writes',
      'UPDATE reads',
    ]);
  });

  test('not by a comment, a text, a column, a CTE or another schema’s table of that name, nor by VACUUM', async () => {
    await db.sql.query('CREATE SCHEMA other; CREATE TABLE other.parts (parts int)');
    expect(
      await statements(
        'SELECT /* parts */ 1 AS one',
        "SELECT 'parts' AS text",
        'SELECT parts.parts FROM other.parts',
        'WITH parts AS (SELECT 1 AS a) SELECT a FROM parts',
        'VACUUM parts',
      ),
    ).toEqual([]);
  });

  test('and functions whose bodies name it, dynamic SQL too', async () => {
    await db.sql.query(`
      CREATE FUNCTION named() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM parts';
      CREATE FUNCTION typed() RETURNS int LANGUAGE plpgsql AS 'DECLARE p parts%ROWTYPE; BEGIN RETURN p.id; END';
      CREATE FUNCTION dynamic() RETURNS void LANGUAGE plpgsql AS $$BEGIN EXECUTE 'DELETE FROM parts'; END$$;
      CREATE FUNCTION other() RETURNS text LANGUAGE plpgsql AS $$BEGIN RETURN 'spare parts'; END$$;
      CREATE FUNCTION said() RETURNS int LANGUAGE sql AS 'SELECT 1 /* parts */'`);
    const { functions } = await (
      await loadUsage(db.database, { table, columns: [] })
    ).catalog(await sqlParser());
    expect(functions.toSorted()).toEqual(['dynamic()', 'named()', 'typed()']);
  });
});
