import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Failures, type Failure } from '../../../rehearsal/traffic/failures.ts';
import { freshDatabase, type FreshDatabase } from '../../fresh-database.ts';

let database: FreshDatabase;
let sql: Client;
beforeAll(async () => {
  database = await freshDatabase();
  sql = new Client({ connectionString: database.url });
  await sql.connect();
  await sql.query(`
    CREATE TABLE people (id int PRIMARY KEY, mail text UNIQUE, n int CHECK (n > 0), said jsonb);
    CREATE TABLE pets (id int PRIMARY KEY, owner int REFERENCES people);
    INSERT INTO people VALUES (1, 'mallory', 1, '{"quokka": 1}');
    CREATE FUNCTION shout(said text, state text) RETURNS text LANGUAGE plpgsql AS $$BEGIN
      RAISE EXCEPTION 'no %', said USING ERRCODE = state, CONSTRAINT = said, COLUMN = said, DETAIL = said, HINT = said;
    END$$;
    CREATE FUNCTION cast_it(said text) RETURNS regclass LANGUAGE sql AS 'SELECT said::regclass'`);
});
afterAll(async () => {
  await sql.end();
  await database.drop();
});

/** What the report says of a request that fails. */
async function failureOf(text: string, values: readonly unknown[]): Promise<Failure | undefined> {
  const failures = new Failures();
  await sql.query(text, [...values]).then(
    () => expect.fail(`${text} did not fail`),
    (error: unknown) => failures.add(error, 'x'),
  );
  return failures.all[0];
}
const messageOf = async (text: string, values: readonly unknown[]): Promise<string | undefined> =>
  (await failureOf(text, values))?.message;

test('a state that is made of a value is not told', async () => {
  expect(await failureOf('SELECT shout($1, upper($1))', ['quokk'])).toMatchObject({ code: 'user-defined' });
  expect(await failureOf('SELECT shout($1, $2)', ['quokk', '23505'])).toMatchObject({ code: '23505' });
});

const states = [
  'P0001',
  '23505',
  '23514',
  '40001',
  '42601',
  '42804',
  '42P01',
  '53400',
  '55000',
  'AB001',
  'XX000',
];
test.each([
  ...states.map((state): [string, readonly unknown[]] => ['SELECT shout($1, $2)', ['mallory', state]]),
  ['SELECT cast_it($1)', ['mallory']],
  ['SELECT ($1::text)::regclass', ['mallory']],
  ['SELECT ($1::text)::regtype', ['mallory']],
  ['SELECT ($1::text)::regprocedure', ['mallory(int)']],
  ['SELECT ($1::text)::tsquery', ['mallory & (']],
  ['SELECT ($1::text)::integer', ['mallory']],
  ['SELECT ($1::text)::integer', ['she said "mallory" twice']],
  ['SELECT ($1::text)::jsonb', ['{"mallory']],
  ['SELECT ($1::text)::xml', ['<mallory']],
  ['SELECT ($1::text)::date', ['1789-07-14 mallory']],
  ['SELECT ($1::text)::uuid', ['mallory']],
  ['SELECT ($1::text)::int[]', ['{mallory}']],
  ['SELECT ($1::text)::smallint', ['8675309042']],
  ['SELECT make_date($1, 13, 40)', [1789]],
  ['SELECT ($1::text)::bytea', ['\\xmallory']],
  ['SELECT regexp_replace($1, $2, $3)', ['a', '(mallory', '']],
  ['SELECT jsonb_set($1, $2, $3)', ['[1]', '{mallory}', '"mallory"']],
] as const)('no value of a row gets into the report: %s %j', async (text, values) => {
  const message = await messageOf(text, values);
  expect(message).toMatch(/\w/u);
  for (const value of ['mallory', '8675309042', '1789', 'quokka']) expect(message).not.toContain(value);
});

test.each([
  ['INSERT INTO people VALUES (2, $1, 1)', ['mallory'], 'people_mail_key'],
  ['INSERT INTO people VALUES (2, $1, 0)', ['other'], 'people_n_check'],
  ['INSERT INTO pets VALUES (1, $1)', [7], 'pets_owner_fkey'],
  ['DELETE FROM people WHERE nothing = $1', ['mallory'], '"nothing" does not exist'],
  ['SELECT FROM nowhere WHERE id = $1', [1], '"nowhere" does not exist'],
  ['SELECT ($1::text)::integer', ['mallory'], 'invalid input syntax for type integer'],
] as const)('names are kept: %s', async (text, values, name) => {
  expect(await messageOf(text, values)).toContain(name);
});
