import { installLedger } from '../../engine/ledger/install.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compile } from '../../engine/compile.ts';
import { preflight } from '../../engine/preflight.ts';
import { catalogSnapshot } from './catalog-snapshot.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { planningOn, specOf } from './migration-under-test.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest(`
    CREATE SEQUENCE numbers;
    CREATE TABLE countries (code text PRIMARY KEY, id integer);
    CREATE TABLE calls (n integer);
    CREATE TABLE people (id bigint PRIMARY KEY, country text, born date, at timestamptz, net numeric, tax numeric,
      gross numeric GENERATED ALWAYS AS (net + tax) STORED);
    INSERT INTO people (id, country) VALUES (1, 'DE');
    CREATE FUNCTION country_id(c text) RETURNS integer LANGUAGE sql STABLE AS 'SELECT id FROM countries WHERE code = c';
    CREATE FUNCTION unlabelled(c text) RETURNS integer LANGUAGE plpgsql AS
      'DECLARE n integer := length(c); BEGIN IF n > 1 THEN n := coalesce(n, 0) + public.country_id(c); END IF; RETURN n; END';
    CREATE FUNCTION atomic(c text) RETURNS integer LANGUAGE sql BEGIN ATOMIC SELECT id FROM countries WHERE code = c; END;
    CREATE FUNCTION hidden(c text) RETURNS integer LANGUAGE sql IMMUTABLE AS $$SELECT nextval('numbers')::integer$$;
    CREATE FUNCTION deeper(c text) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN public.hidden(c); END';
    CREATE FUNCTION atomic_deeper(c text) RETURNS integer LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT deeper(c); END;
    CREATE FUNCTION sleeps(c text) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM pg_sleep(60); RETURN 1; END';
    CREATE FUNCTION writes(c text) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS
      'BEGIN INSERT INTO calls VALUES (1); RETURN 1; END';
    CREATE FUNCTION dynamic(c text) RETURNS integer LANGUAGE plpgsql AS
      $$DECLARE n integer; BEGIN EXECUTE 'SELECT 1' INTO n; RETURN n; END$$;
    CREATE FUNCTION who(c text) RETURNS text LANGUAGE sql STABLE AS 'SELECT current_user || c';
    CREATE FUNCTION itself(n integer) RETURNS integer LANGUAGE plpgsql AS
      'BEGIN IF n < 1 THEN RETURN 0; END IF; RETURN public.itself(n - 1); END';
    CREATE VIEW of_today AS SELECT id, code, current_date AS today FROM countries;
    CREATE VIEW over_today AS SELECT max(id) AS id FROM of_today;
    CREATE VIEW all_countries AS SELECT * FROM countries;
    CREATE FUNCTION by_view(c text) RETURNS integer LANGUAGE sql STABLE AS 'SELECT id FROM over_today';
    CREATE FUNCTION by_view_atomic(c text) RETURNS integer LANGUAGE sql STABLE BEGIN ATOMIC SELECT id FROM over_today; END;
    CREATE FUNCTION of_now(a timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$SELECT a > 'now'::timestamptz$$;
    CREATE DOMAIN day AS date;
    CREATE OPERATOR @# (FUNCTION = hidden, RIGHTARG = text);`);
  await installLedger(db.database);
});
afterAll(() => db.close());

/** The refusal of a plan whose backfill this is; undefined where it is planned. */
async function refusal(backfill: string, type = 'text'): Promise<string | undefined> {
  const planning = await planningOn(db.database);
  const change = { kind: 'add-column', column: 'fresh', type, backfill };
  const spec = specOf('m', { table: 'public.people', change });
  try {
    await compile(spec, await preflight(spec, planning), planning);
    return undefined;
  } catch (error) {
    if (error instanceof Error && error.name === 'InvalidSpec') return error.message;
    throw error;
  }
}

test.each([
  ['a lookup in a table', 'country_id(country)'],
  ['a query', '(SELECT max(c.id) FROM countries AS c WHERE c.code = country)'],
  ['a function without a label whose body only computes', 'unlabelled(country)'],
  ['a function with a parsed body', 'atomic(country)'],
  ['a function that calls itself', 'itself(length(country))'],
  ['what PostgreSQL brings', "concat_ws(' ', upper(country), to_char(at, 'YYYY')) || round(net)::text"],
  ['a date in a text', `born - DATE '2001-01-01'`],
  ['a text that is no moment', `CASE WHEN country = 'do it now' THEN born > '2001-01-01' END::text`],
  ['a lookup in a view', '(SELECT c.id FROM all_countries AS c WHERE c.code = country)'],
])('%s is let pass', async (_, sql) => {
  expect(await refusal(sql)).toBeUndefined();
});

test.each([
  ['random()', 'calls random(), which is VOLATILE'],
  ["nextval('numbers')", 'calls nextval(), which is VOLATILE'],
  ['clock_timestamp()', 'calls clock_timestamp(), which is VOLATILE'],
  ["set_config('a.b', 'c', false)", 'calls set_config(), which is VOLATILE'],
  ['now()', 'calls now(), which depends on the time or the session'],
  ['age(at)', 'calls age(), which depends on the time or the session'],
  ["current_setting('a.b', true)", 'calls current_setting(), which depends on the time or the session'],
  ['txid_current()', 'calls txid_current(), which depends on the time or the session'],
  ['current_date - born', 'uses CURRENT_DATE, which depends on the time or the session'],
  ['current_user', 'uses CURRENT_USER, which depends on the time or the session'],
  ["at - 'yesterday'::timestamptz", "holds 'yesterday', which depends on the time"],
  ["(at > 'now')::text", "holds 'now', which depends on the time"],
  ["(at BETWEEN 'yesterday' AND 'tomorrow 12:00')::text", "holds 'yesterday', which depends on the time"],
  [
    "(born <@ '[2001-01-01,today)'::daterange)::text",
    "holds '[2001-01-01,today)', which depends on the time",
  ],
  ["(born = ANY ('{today}'))::text", "holds '{today}', which depends on the time"],
  ["(born < 'today'::day)::text", "holds 'today', which depends on the time"],
  ['of_now(at)::text', "calls public.of_now(), which holds 'now', which depends on the time"],
  ['(SELECT t.id FROM over_today AS t)', 'uses CURRENT_DATE, which depends on the time or the session'],
  ['by_view(country)', 'calls public.by_view(), which uses CURRENT_DATE'],
  ['by_view_atomic(country)', 'calls public.by_view_atomic(), which uses CURRENT_DATE'],
  [
    "(SELECT s.setting FROM pg_settings AS s WHERE s.name = 'application_name')",
    'calls pg_show_all_settings(), which depends on the time or the session',
  ],
  ['(SELECT count(*) FROM pg_cursors)', 'calls pg_cursor(), which depends on the time or the session'],
  ['(SELECT count(*) FROM information_schema.tables)', 'calls current_database()'],
  ['pg_column_size(country)', 'calls pg_column_size(), which depends on how the value is stored'],
  ['hidden(country)', 'calls public.hidden(), which calls nextval(), which is VOLATILE'],
  ['@# country', 'calls public.hidden(), which calls nextval(), which is VOLATILE'],
  [
    'atomic_deeper(country)',
    'calls public.atomic_deeper(), which calls public.deeper(), which calls public.hidden(), which calls nextval(), which is VOLATILE',
  ],
  ['(SELECT deeper(c.code) FROM countries AS c)', 'calls public.deeper(), which calls public.hidden()'],
  ['sleeps(country)', 'calls public.sleeps(), which calls pg_sleep(), which is VOLATILE'],
  ['writes(country)', 'calls public.writes(), which writes'],
  ['dynamic(country)', 'calls public.dynamic(), which is VOLATILE'],
  ['who(country)', 'calls public.who(), which uses CURRENT_USER'],
  ['generate_series(1, 2)', 'gives several rows'],
  ['max(country)', 'holds an aggregate'],
  ['ctid', 'reads the system column ctid'],
  ['people.tableoid', 'reads the system column tableoid'],
  ['xmin', 'reads the system column xmin'],
  ['gross + 1', 'reads "gross", which is generated as (net + tax)'],
  ['people::text', 'reads "gross", which is generated as (net + tax)'],
])('%s is refused at its line, and nothing of it is run', async (sql, says) => {
  const before = [await catalogSnapshot(db.sql), await effects()];
  const said = await refusal(sql);
  expect(said).toContain(`m.yaml:11:3 change.backfill: the expression ${says}`);
  expect([await catalogSnapshot(db.sql), await effects()]).toEqual(before);
});

/** What a function could have left behind. */
const effects = async (): Promise<unknown> =>
  (await db.sql.query('SELECT (SELECT count(*) FROM calls), last_value, is_called FROM numbers')).rows;

test('both directions of a new type are judged, each at its own line', async () => {
  const planning = await planningOn(db.database);
  const change = { kind: 'change-type', column: 'country', to: 'ref', type: 'integer' };
  for (const [more, says] of [
    [{ up: 'hidden(country)', down: 'ref::text' }, 'change.up: the expression calls public.hidden()'],
    [
      { up: 'country_id(country)', down: 'ref || current_user' },
      'change.down: the expression uses CURRENT_USER',
    ],
  ] as const) {
    const spec = specOf('m', { table: 'public.people', change: { ...change, ...more } });
    const said = await compile(spec, await preflight(spec, planning), planning).catch(String);
    expect(said).toContain(says);
  }
});
