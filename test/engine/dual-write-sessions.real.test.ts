import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseUnderTest, sqlState, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest, type MigrationUnderTest } from './migration-under-test.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterAll(() => db.close());

/** Nothing that a session may set decides what a conversion means. */
const foreignSession = [
  'TimeZone=America/New_York',
  'DateStyle=SQL,DMY',
  'IntervalStyle=sql_standard',
  'extra_float_digits=-3',
  'bytea_output=escape',
  'default_text_search_config=pg_catalog.simple',
  'search_path=pg_catalog',
]
  .map((setting) => `-c ${setting.replaceAll(',', '\\,')}`)
  .join(' ')
  .replaceAll('\\,', ',');

const conversions = [
  { was: 'timestamp', now: 'timestamptz', old: `'2026-01-02 10:00'`, new: `'2026-01-02 15:00+00'` },
  { was: 'text', now: 'date', old: `'2026-01-02'`, new: `'2026-01-02'` },
  { was: 'date', now: 'text', old: `'2026-01-02'`, new: `'2026-01-02'` },
  { was: 'interval', now: 'text', old: `'1 day 2 hours'`, new: `'1 day 02:00:00'` },
  { was: 'float8', now: 'text', old: '0.1::float8 + 0.2', new: `'0.30000000000000004'` },
  { was: 'bytea', now: 'text', old: `'\\x00ff'`, new: `'\\x00ff'` },
  { was: 'text', now: 'timestamptz', old: `'2026-01-02 10:00'`, new: `'2026-01-02 10:00+00'` },
];

describe.each(conversions)('$was to $now, written by a session with settings of its own', (it) => {
  const table = `from_${it.was}_to_${it.now}`;
  let migration: MigrationUnderTest;
  const shown = async () =>
    (await db.sql.query({ text: `SELECT id, a::text, b::text FROM ${table} ORDER BY id`, rowMode: 'array' }))
      .rows;

  beforeAll(async () => {
    await db.sql.query(`CREATE TABLE ${table} (id int PRIMARY KEY, a ${it.was}, note text)`);
    migration = await migrationUnderTest(db.database, table.replaceAll('_', '-'), {
      table: `public.${table}`,
      change: {
        kind: 'change-type',
        column: 'a',
        to: 'b',
        type: it.now,
        up: `a::${it.now}`,
        down: `b::${it.was}`,
      },
    });
    await migration.apply('expand', 'dual-write');
  });

  test('keeps what each version wrote, and worker, trigger and verification agree', async () => {
    const writer = await db.connect({ options: foreignSession });
    await writer.query(`INSERT INTO public.${table} (id, a) VALUES (1, ${it.old}), (3, NULL)`);
    await writer.query(`INSERT INTO public.${table} (id, b) VALUES (2, ${it.new})`);
    await writer.query(`UPDATE public.${table} SET b = ${it.new} WHERE id = 3`);
    const { rows } = await writer.query(
      `SELECT bool_and(a IS NOT DISTINCT FROM (${it.old})::${it.was}) FILTER (WHERE id = 1) AS old,
              bool_and(b IS NOT DISTINCT FROM (${it.new})::${it.now}) FILTER (WHERE id > 1) AS new FROM public.${table}`,
    );
    expect(rows).toEqual([{ old: true, new: true }]);
    const acknowledged = await shown();
    expect(await migration.mismatches()).toBe(0);
    await migration.backfill();
    expect(await shown()).toEqual(acknowledged);
    await migration.apply('read-switch');
    await writer.query(`UPDATE public.${table} SET note = 'x', id = id + 10`);
    expect((await shown()).map(([, ...sides]) => sides)).toEqual(acknowledged.map(([, ...sides]) => sides));
  });
});

describe.each([
  { kind: 'rename-column', from: 'a', to: 'b' },
  {
    kind: 'change-type',
    column: 'a',
    to: 'b',
    type: 'timestamptz',
    up: `a AT TIME ZONE 'UTC'`,
    down: `b AT TIME ZONE 'UTC'`,
    default: 'now()',
  },
])('a default that hangs on the session, under $kind', (change) => {
  test('is not taken for something written', async () => {
    const table = `made_by_${change.kind.slice(0, 6)}`;
    await db.sql.query(`CREATE TABLE ${table} (id int PRIMARY KEY, a timestamp NOT NULL DEFAULT now())`);
    const migration = await migrationUnderTest(db.database, table.replaceAll('_', '-'), {
      table: `public.${table}`,
      change,
    });
    await migration.apply('expand', 'dual-write');
    const writer = await db.connect({ options: '-c TimeZone=America/New_York' });
    const given = '2020-02-02 02:02:02';
    await writer.query(`INSERT INTO ${table} (id, b) VALUES (1, '${given}+00')`);
    await writer.query(`INSERT INTO ${table} (id, a) VALUES (2, '${given}')`);
    await writer.query(`INSERT INTO ${table} (id) VALUES (3)`);
    await migration.apply('read-switch');
    await writer.query(`INSERT INTO ${table} (id, b) VALUES (4, '${given}+00')`);
    await writer.query(`INSERT INTO ${table} (id, a) VALUES (5, '${given}')`);
    const { rows } = await db.sql.query(`SELECT a::text, b::text FROM ${table} WHERE id <> 3 ORDER BY id`);
    expect(rows.map(({ a, b }) => [a, b.slice(0, 19)])).toEqual(rows.map(() => [given, given]));
    expect(await migration.mismatches()).toBe(0);
  });
});

test('a default of the writer’s own name is the writer’s, and one that it may not compute is not what it left', async () => {
  await db.sql.query(`
    CREATE ROLE session_clerk LOGIN PASSWORD 'x';
    CREATE FUNCTION secret() RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'secret' $$;
    REVOKE ALL ON FUNCTION secret() FROM PUBLIC;
    CREATE TABLE owned (id int PRIMARY KEY, a text DEFAULT current_user);
    CREATE TABLE guarded (id int PRIMARY KEY, a text DEFAULT secret());
    GRANT ALL ON owned, guarded TO session_clerk`);
  const change = { kind: 'change-type', column: 'a', to: 'b', type: 'varchar(60)', up: 'a', down: 'b::text' };
  for (const [table, expression] of [
    ['owned', 'current_user'],
    ['guarded', 'secret()'],
  ])
    await (
      await migrationUnderTest(db.database, `${table}-default`, {
        table: `public.${table}`,
        change: { ...change, default: expression },
      })
    ).apply('expand', 'dual-write');
  const clerk = await db.connect({ user: 'session_clerk', password: 'x' });
  await clerk.query(`INSERT INTO owned (id, b) VALUES (1, 'new')`);
  await clerk.query(`INSERT INTO owned (id, a) VALUES (2, 'old')`);
  await clerk.query(`INSERT INTO owned (id) VALUES (3)`);
  await clerk.query(`INSERT INTO guarded (id, a, b) VALUES (1, 'both', 'both')`);
  const rowsOf = async (table: string) =>
    (await db.sql.query({ text: `SELECT a, b FROM ${table} ORDER BY id`, rowMode: 'array' })).rows;
  expect(await rowsOf('owned')).toEqual([
    ['new', 'new'],
    ['old', 'old'],
    ['session_clerk', 'session_clerk'],
  ]);
  expect(await rowsOf('guarded')).toEqual([['both', 'both']]);
  await db.sql.query('DROP OWNED BY session_clerk; DROP ROLE session_clerk');
});

describe('a conversion that looks something up where its writer may not', () => {
  const change = {
    kind: 'change-type',
    column: 'country',
    to: 'country_ref',
    type: 'integer',
    up: 'country_id(country)',
    down: 'country_code(country_ref)',
    default: '1',
  };
  let migration: MigrationUnderTest;
  beforeAll(async () => {
    await db.sql.query(`
      CREATE ROLE shop LOGIN PASSWORD 'x';
      CREATE TABLE countries (code text PRIMARY KEY, id int NOT NULL UNIQUE);
      INSERT INTO countries VALUES ('DE', 1), ('FR', 2);
      CREATE TABLE addresses (id int PRIMARY KEY, country text NOT NULL DEFAULT 'DE', note text);
      CREATE FUNCTION country_id(c text) RETURNS int LANGUAGE sql STABLE AS $$ SELECT id FROM countries WHERE code = c $$;
      CREATE FUNCTION country_code(i int) RETURNS text LANGUAGE sql STABLE AS $$ SELECT code FROM countries WHERE id = i $$;
      REVOKE ALL ON FUNCTION country_id, country_code FROM PUBLIC;
      INSERT INTO addresses SELECT g, (ARRAY['DE', 'FR'])[1 + g % 2] FROM generate_series(1, 10) AS g;
      GRANT SELECT, INSERT, UPDATE ON addresses TO shop`);
    migration = await migrationUnderTest(db.database, 'addresses', { table: 'public.addresses', change });
  });
  afterAll(() => db.sql.query('DROP OWNED BY shop; DROP ROLE shop'));

  test('serves the application through all phases, by the rights of whoever installed it', async () => {
    const shop = await db.connect({ user: 'shop', password: 'x' });
    // A temporary table of the writer's own is not what the conversion reads.
    await shop.query(
      `CREATE TEMPORARY TABLE countries (code text, id int); INSERT INTO countries VALUES ('FR', 666)`,
    );
    let id = 100;
    const written = async (side: 'country' | 'country_ref') => {
      id += 1;
      const [france, germany] = side === 'country' ? [`'FR'`, `'DE'`] : ['2', '1'];
      await shop.query(`INSERT INTO addresses (id, ${side}) VALUES (${id}, ${france})`);
      await shop.query(`UPDATE addresses SET ${side} = ${germany} WHERE id = ${id}`);
      await shop.query(`UPDATE addresses SET ${side} = ${france} WHERE id = ${id}`);
      return (await shop.query(`SELECT country, country_ref FROM addresses WHERE id = ${id}`)).rows;
    };
    const both = [{ country: 'FR', country_ref: 2 }];
    await migration.apply('expand', 'dual-write');
    expect(await written('country')).toEqual(both);
    await migration.backfill();
    await migration.apply('verify');
    expect(await written('country')).toEqual(both);
    await migration.apply('read-switch');
    expect(await written('country')).toEqual(both);
    expect(await written('country_ref')).toEqual(both);
    expect(await migration.mismatches()).toBe(0);
  });

  test('gives nobody else a way to use those rights', async () => {
    await db.sql.query('GRANT CREATE ON SCHEMA public TO shop; GRANT USAGE ON SCHEMA underpin TO shop');
    const shop = await db.connect({ user: 'shop', password: 'x' });
    await shop.query('CREATE TABLE mine (id int, country text, country_ref int)');
    const hung = shop.query(
      'CREATE TRIGGER t BEFORE INSERT ON mine FOR EACH ROW EXECUTE FUNCTION underpin.addresses_dual_write()',
    );
    expect(await sqlState(hung)).toBe('42501');
  });
});
