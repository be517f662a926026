import { afterAll, beforeAll, expect, test } from 'vitest';
import { compile } from '../../engine/compile.ts';
import { installLedger } from '../../engine/ledger/install.ts';
import { preflight } from '../../engine/preflight.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { planningOn, specOf } from './migration-under-test.ts';

// PostgreSQL evaluates what calls itself IMMUTABLE as soon as it opens an index that holds it, or makes a copy of one. What
// it says then is in our own trial's error, and may be of anybody's rows.
let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest(`
    CREATE TABLE said (words text);
    INSERT INTO said VALUES ('manatee');
    CREATE FUNCTION dearest(said text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT said';
    CREATE TABLE people (id bigint PRIMARY KEY, note varchar(5), name text);
    CREATE INDEX people_dearest ON people ((dearest('x') || note));
    CREATE TABLE plain (id bigint PRIMARY KEY, name text);
    CREATE OR REPLACE FUNCTION dearest(said text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$BEGIN
      RAISE EXCEPTION 'no %', (SELECT s.words FROM public.said AS s) USING ERRCODE = '42P20', DETAIL = (SELECT s.words FROM public.said AS s);
    END$$;`);
  await installLedger(db.database);
});
afterAll(() => db.close());

async function planned(table: string, change: Readonly<Record<string, unknown>>): Promise<string> {
  const planning = await planningOn(db.database);
  const spec = specOf('m', { table: `public.${table}`, change });
  return compile(spec, await preflight(spec, planning), planning).then(() => 'planned', String);
}

test.each([
  ['a type in place', 'people', { kind: 'change-type', column: 'note', type: 'varchar(10)' }],
  [
    'a column with the indexes of the old one',
    'people',
    { kind: 'rename-column', from: 'note', to: 'words' },
  ],
  ['an index', 'plain', { kind: 'add-index', name: 'plain_dearest', index: `((dearest('x') || name))` }],
  ['a check', 'plain', { kind: 'add-check', name: 'plain_fine', check: `name <> dearest('x')` }],
  ['a default', 'plain', { kind: 'add-column', column: 'words', type: 'text', default: `dearest('x')` }],
])('no word of a function that %s evaluates on an empty copy gets out', async (_what, table, change) => {
  const words = await planned(table, change);
  expect(words).not.toContain('manatee');
  expect(words).toContain('42P20');
});
