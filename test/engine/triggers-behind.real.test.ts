import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { loadUsage } from '../../engine/dialects/load-usage.ts';
import { sqlParser } from '../../lambdas/runtime/sql-parser.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest, ownWarnings, type MigrationUnderTest } from './migration-under-test.ts';

let db: DatabaseUnderTest;
let migration: MigrationUnderTest;
let count = 0;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterAll(() => db.close());
beforeEach(() =>
  db.sql.query(`DROP TABLE IF EXISTS users CASCADE; DROP TABLE IF EXISTS counts;
    CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL, verified boolean NOT NULL DEFAULT true, words tsvector, at timestamptz);
    CREATE TABLE counts (email text)`),
);

const body = (name: string, text: string): string =>
  `CREATE OR REPLACE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$${text}$$;`;
const on = (name: string, events: string, fn = `${name}()`): string =>
  `CREATE TRIGGER ${name} ${events} ON users FOR EACH ROW EXECUTE FUNCTION ${fn};`;

async function expanded(schema: string): Promise<void> {
  await db.sql.query(schema);
  migration = await migrationUnderTest(db.database, `t-${(count += 1)}`, {
    table: 'public.users',
    change: { kind: 'rename-column', from: 'email', to: 'address' },
  });
  await migration.apply('expand', 'dual-write');
}
const usage = () =>
  loadUsage(db.database, { table: { schema: 'public', name: 'users' }, columns: ['email'] });
const behind = async (): Promise<readonly string[]> =>
  (await usage()).triggersBehind(['address'], await sqlParser());
const needs = async (): Promise<readonly string[]> =>
  (await (await usage()).catalog(await sqlParser())).functions;

const waits =
  'the read switch waits until it knows address too, and the contract gate stays shut until it names address alone';

test('a trigger that sets the column, or fires on it alone, is in the plan and behind until it knows the new one', async () => {
  await expanded(
    body('a_norm', 'BEGIN new.email := lower(new.email); RETURN new; END') +
      on('a_norm', 'BEFORE INSERT OR UPDATE') +
      body('b_unverify', 'BEGIN new.verified := false; RETURN new; END') +
      on('b_unverify', 'BEFORE UPDATE OF email') +
      body('c_touch', 'BEGIN new.at := now(); RETURN new; END') +
      on('c_touch', 'BEFORE UPDATE'),
  );
  expect(ownWarnings(migration.plan)).toEqual([
    `function a_norm() of trigger a_norm names users.email: ${waits}`,
    `trigger b_unverify on table users names users.email: ${waits}`,
  ]);
  expect(await behind()).toEqual([
    'a_norm runs a_norm(), which names email alone',
    'b_unverify fires on email alone',
  ]);
  await db.sql.query(
    body(
      'a_norm',
      'BEGIN new.email := lower(new.email); new.address := lower(new.address); RETURN new; END',
    ) + `DROP TRIGGER b_unverify ON users; ${on('b_unverify', 'BEFORE UPDATE OF email, address')}`,
  );
  expect(await behind()).toEqual([]);
  expect(await needs()).toEqual(['a_norm()']);
});

test('a body that reads the column through a copy of its row is found, in the plan and at both gates', async () => {
  const counting = (column: string): string =>
    body(
      'count_users',
      `DECLARE r record;
      BEGIN
        IF TG_OP = 'DELETE' THEN r := OLD; ELSE r := NEW; END IF;
        IF r.${column} IS NOT NULL THEN INSERT INTO counts (email) VALUES (r.${column}); END IF;
        RETURN NULL;
      END`,
    );
  await expanded(counting('email') + on('count_users', 'AFTER INSERT OR DELETE'));
  expect(ownWarnings(migration.plan)).toEqual([
    `function count_users() of trigger count_users names users.email: ${waits}`,
  ]);
  expect(await behind()).toEqual(['count_users runs count_users(), which names email alone']);
  expect(await needs()).toEqual(['count_users()']);
  await db.sql.query(counting('address'));
  expect(await behind()).toEqual([]);
  expect(await needs()).toEqual([]);
});

test.each([
  ['asks the row by name', `BEGIN PERFORM to_jsonb(NEW) ->> 'email'; RETURN NULL; END`],
  [
    'reads a record that may hold the row',
    'DECLARE r record; BEGIN SELECT NEW.* INTO r; PERFORM r.email; RETURN NULL; END',
  ],
  ['puts its SQL together', `BEGIN EXECUTE 'SELECT ($1).' || 'email' USING NEW; RETURN NULL; END`],
])('a body that %s cannot be read for sure, and is named', async (_, text) => {
  await expanded(body('unsure', text) + on('unsure', 'AFTER UPDATE'));
  expect(ownWarnings(migration.plan)).toEqual([
    `function unsure() of trigger unsure may name users.email, and cannot be read for sure: ${waits}`,
  ]);
  expect(await behind()).toEqual(['unsure runs unsure(), which may name email and cannot be read for sure']);
  expect(await needs()).toEqual(['unsure()']);
});

test('a trigger that is given the column as an argument is named', async () => {
  await expanded(
    on('search', 'BEFORE UPDATE', `tsvector_update_trigger('words', 'pg_catalog.english', 'email')`),
  );
  expect(ownWarnings(migration.plan)).toEqual([
    `trigger search, by an argument, names users.email: ${waits}`,
  ]);
  expect(await behind()).toEqual(['search is given email alone']);
  expect(await needs()).toEqual(['trigger search, which is given email as an argument']);
});

test('a body that mentions the name and means something else is no matter of the gates', async () => {
  await expanded(
    body(
      'other',
      `BEGIN -- new.emails
        INSERT INTO counts (email) SELECT c.email FROM counts AS c;
        PERFORM jsonb_build_object('email', NEW.id);
        RETURN NULL;
      END`,
    ) + on('other', 'AFTER UPDATE'),
  );
  expect(ownWarnings(migration.plan)).toEqual([]);
  expect(await behind()).toEqual([]);
  expect(await needs()).toEqual([]);
});

test('the plan names every function that would keep the contract gate shut, as the gate does', async () => {
  await expanded(
    `CREATE FUNCTION by_mail(mail text) RETURNS bigint LANGUAGE sql AS 'SELECT id FROM users WHERE email = mail';
    CREATE FUNCTION any_mail(r anyelement) RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN r.email; END';
    CREATE FUNCTION others() RETURNS SETOF text LANGUAGE sql AS 'SELECT email FROM counts' /* users */;` +
      Array.from(
        { length: 25 },
        (_, n) => `CREATE FUNCTION f_${n}() RETURNS bigint LANGUAGE sql AS 'SELECT count(email) FROM users';`,
      ).join('\n'),
  );
  const keepsShut = 'the contract gate stays shut until it names address';
  const shut = await needs();
  expect(shut).toHaveLength(27);
  expect(ownWarnings(migration.plan)).toEqual(
    shut.map((name) =>
      name.startsWith('any_mail')
        ? `function ${name} may name users.email, and cannot be read for sure: ${keepsShut}`
        : `function ${name} names users.email: ${keepsShut}`,
    ),
  );
});
