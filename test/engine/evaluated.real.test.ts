import { installLedger } from '../../engine/ledger/install.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database, Statement } from '../../engine/database/database.ts';
import { compile } from '../../engine/compile.ts';
import { preflight } from '../../engine/preflight.ts';
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
    CREATE FUNCTION slow(n integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS
      $$BEGIN EXECUTE 'SELECT 1 FROM pg_sleep(600)' INTO n; RETURN n; END$$;
    CREATE TABLE people (id bigint PRIMARY KEY, n integer DEFAULT 7, counted integer DEFAULT counts(), free integer);`);
  await installLedger(db.database);
});
afterAll(() => db.close());

const effects = async (): Promise<unknown> =>
  (await db.sql.query('SELECT (SELECT count(*) FROM calls), last_value, is_called FROM numbers')).rows;

async function planned(
  change: Readonly<Record<string, unknown>>,
  database: Database = db.database,
): Promise<string> {
  const planning = await planningOn(database);
  const spec = specOf('m', { table: 'public.people', change });
  return compile(spec, await preflight(spec, planning), planning).then(() => 'planned', String);
}

/** The database, with less patience for what has a limit. */
const impatient = (): Database => {
  const sooner = (statement: Statement): Statement =>
    statement.withinMs === undefined ? statement : { ...statement, withinMs: 300 };
  return {
    dialect: db.database.dialect,
    rows: (statement, row) => db.database.rows(sooner(statement), row),
    run: (statement) => db.database.run(sooner(statement)),
    start: (statement) => db.database.start(statement),
  };
};

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

test.each([
  ['a default', { ...added, default: 'slow(1)' }],
  ['up', { ...changed, up: 'n + slow(1)', down: 'm', default: '1' }],
  ['down', { ...changed, up: 'n', down: 'm::integer + slow(1)' }],
  ['backfill', { ...added, backfill: 'n + slow(1)' }],
  [
    'an expression of a merge',
    {
      kind: 'merge-columns',
      columns: { n: 'total', free: 'total' },
      into: { total: { type: 'integer', up: 'n + slow(1)' } },
    },
  ],
  ['a check', { kind: 'add-check', name: 'people_slow', check: 'n < slow(1)' }],
])('planning ends what takes too long, and says of what: %s', async (_, change) => {
  expect(await planned(change, impatient())).toMatch(
    /it takes longer than 0.3 seconds to evaluate once, before there is a row/u,
  );
  const open = await db.sql.query(
    `SELECT FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' AND datname = current_database()`,
  );
  expect(open.rowCount).toBe(0);
});

test('a trial whose caller has died in the middle is ended by the database itself', async () => {
  const session = await db.connect();
  await session.query('BEGIN');
  await session.query(db.database.dialect.boundedTo?.(300) ?? '');
  const { rows } = await session.query('SHOW idle_in_transaction_session_timeout');
  expect(rows).toEqual([{ idle_in_transaction_session_timeout: '1min' }]);
  await session.query('ROLLBACK');
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
