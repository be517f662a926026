import { installLedger } from '../../engine/ledger/install.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compile, preflight } from '../../engine/compile.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { planningOn, specOf } from './migration-under-test.ts';

// What cannot be read, because it is made at run time, is judged by its label; these labels lie.
let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest(`
    CREATE SEQUENCE numbers;
    CREATE TABLE calls (n integer);
    CREATE FUNCTION counts() RETURNS integer LANGUAGE plpgsql IMMUTABLE AS
      $$DECLARE n integer; BEGIN EXECUTE 'SELECT nextval(''numbers'')' INTO n; RETURN n; END$$;
    CREATE FUNCTION really(n integer) RETURNS integer LANGUAGE sql AS 'INSERT INTO calls VALUES (n) RETURNING n';
    CREATE FUNCTION writes(n integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS
      $$BEGIN EXECUTE 'SELECT really(1)' INTO n; RETURN n; END$$;
    CREATE TABLE people (id bigint PRIMARY KEY, n integer DEFAULT 7, counted integer DEFAULT counts());`);
  await installLedger(db.database);
});
afterAll(() => db.close());

const effects = async (): Promise<unknown> =>
  (await db.sql.query('SELECT (SELECT count(*) FROM calls), last_value, is_called FROM numbers')).rows;

async function planned(change: Readonly<Record<string, unknown>>): Promise<string> {
  const planning = await planningOn(db.database);
  const spec = specOf('m', { table: 'public.people', change });
  return compile(spec, await preflight(spec, planning), planning).then(() => 'planned', String);
}

const added = { kind: 'add-column', column: 'fresh', type: 'integer' };
const changed = { kind: 'change-type', column: 'n', to: 'm', type: 'bigint' };

test.each([
  ['a default that moves a sequence', { ...added, default: 'counts()' }],
  ['a default that writes', { ...added, default: 'writes(1)' }],
  ['the old default, converted by up', { ...changed, up: 'writes(n)', down: 'm::integer' }],
  [
    'an old default that moves a sequence',
    { ...changed, column: 'counted', up: 'counted', down: 'm::integer', default: '1' },
  ],
  ['what the planner would evaluate in up', { ...changed, up: 'n + writes(1)', down: 'm', default: '1' }],
  ['what the planner would evaluate in down', { ...changed, up: 'n', down: 'm::integer + writes(1)' }],
  ['what the planner would evaluate in backfill', { ...added, backfill: 'n + writes(1)' }],
])('planning stops a function that lies about itself before it has an effect: %s', async (_, change) => {
  const before = await effects();
  expect(await planned(change)).toContain('it calls a function that writes or moves a sequence');
  expect(await effects()).toEqual(before);
});

test('a default that says that it is volatile is not evaluated', async () => {
  const before = await effects();
  expect(await planned({ ...added, default: "nextval('numbers')" })).toBe('planned');
  expect(await planned({ ...changed, up: 'n', down: 'm::integer', default: "nextval('numbers')" })).toBe(
    'planned',
  );
  expect(await effects()).toEqual(before);
});

test('what only computes is planned, and the default converted', async () => {
  expect(await planned({ ...changed, up: 'n * 2', down: '(m / 2)::integer' })).toBe('planned');
});
