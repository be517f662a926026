import { installLedger } from '../../engine/ledger/install.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compile } from '../../engine/compile.ts';
import { preflight } from '../../engine/preflight.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { planningOn, specOf } from './migration-under-test.ts';
import { codeToNumber } from './sample-changes.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest(
    `CREATE TABLE users (id int PRIMARY KEY, name text, code text DEFAULT 'none')`,
  );
  await installLedger(db.database);
});
afterAll(() => db.close());

const refused = async (change: Readonly<Record<string, unknown>>): Promise<Error> => {
  const spec = specOf('m', { table: 'public.users', change });
  const planning = await planningOn(db.database);
  const subject = await preflight(spec, planning);
  const outcome = await compile(spec, subject, planning).catch((error: Error) => error);
  if (!(outcome instanceof Error)) throw new Error('it was accepted');
  return outcome;
};

test.each([
  ["'abc'", 'the database refuses this default: SQLSTATE 22P02'],
  ['1 / 0', 'the database refuses this default: SQLSTATE 22012'],
  ['now()', 'the database refuses this default: column "underpin default" is of type integer'],
])('a default that the type cannot hold is refused at its own line: %s', async (otherwise, says) => {
  const error = await refused({
    kind: 'add-column',
    column: 'fresh',
    type: 'integer',
    default: otherwise,
  });
  expect(error).toMatchObject({ name: 'InvalidSpec' });
  expect(error.message).toContain(`m.yaml:11:3 change.default: ${says}`);
  expect(error.message).toContain('Write a default that integer can hold.');
});

test('where more than the default is wrong, the change is named', async () => {
  const error = await refused({ ...codeToNumber, default: '7' });
  expect(error).toMatchObject({ name: 'InvalidSpec' });
  expect(error.message).toMatch(/^m\.yaml:7:2 change: the database refuses .*: SQLSTATE 22P02/u);
});

test('what an expression reads while the plan is made is in no message', async () => {
  await db.sql.query(`
    CREATE TABLE secrets (mail text);
    INSERT INTO secrets VALUES ('mallory');
    CREATE FUNCTION peek(n integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$BEGIN
      RAISE EXCEPTION '%', (SELECT mail FROM secrets) USING ERRCODE = '42804';
    END$$;
    CREATE FUNCTION cast_secret(n integer) RETURNS integer LANGUAGE sql IMMUTABLE
      AS 'SELECT mail::regclass::oid::integer FROM secrets';
    CREATE TABLE cars (id int PRIMARY KEY, n integer DEFAULT 1)`);
  const added = { kind: 'add-column', column: 'm', type: 'integer' };
  const changed = { kind: 'change-type', column: 'n', to: 'm', type: 'bigint' };
  for (const change of [
    { ...added, default: 'peek(1)' },
    { ...added, default: 'cast_secret(1)' },
    { ...added, backfill: 'peek(1) + n' },
    { ...changed, up: 'cast_secret(n)', down: 'm' },
    { ...changed, up: 'n + cast_secret(1)', down: 'm' },
  ]) {
    const spec = specOf('m', { table: 'public.cars', change });
    const planning = await planningOn(db.database);
    const subject = await preflight(spec, planning);
    const said = await compile(spec, subject, planning).catch(String);
    expect([change, said]).toEqual([change, expect.stringContaining('a value that it computes is refused')]);
    expect(said).not.toContain('mallory');
  }
});
