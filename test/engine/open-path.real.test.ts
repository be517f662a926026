import { afterAll, beforeAll, expect, test } from 'vitest';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest, type Declared } from './migration-under-test.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest(`CREATE ROLE open_path_guest; CREATE ROLE open_path_owner;
    CREATE TABLE users (id int PRIMARY KEY, name varchar(9)); ALTER TABLE users OWNER TO open_path_owner`);
});
afterAll(async () => {
  await db.sql.query(
    'DROP OWNED BY open_path_guest, open_path_owner; DROP ROLE open_path_guest, open_path_owner',
  );
  await db.close();
});

let count = 0;
const warned = async (change: Declared['change']): Promise<string> => {
  const { plan } = await migrationUnderTest(db.database, `open-${(count += 1)}`, {
    table: 'public.users',
    change,
  });
  return plan.warnings.filter((each) => each.includes('may create objects')).join('\n');
};
const split = { kind: 'split-table', into: 'users_names', columns: ['name'] };

test('a plan names who could have an operator run with the rights of the migrator', async () => {
  await db.sql.query('GRANT CREATE ON SCHEMA public TO open_path_owner');
  expect(await warned(split)).toBe('');
  await db.sql.query('GRANT CREATE ON SCHEMA public TO open_path_guest, PUBLIC');
  expect(await warned(split)).toMatch(
    /in schema public, .* \(everybody, open_path_guest\): .* REVOKE CREATE ON SCHEMA public/u,
  );
  expect(await warned({ kind: 'add-index', name: 'by_name', index: '(name)' })).toBe('');
  await db.sql.query('REVOKE CREATE ON SCHEMA public FROM open_path_guest, PUBLIC');
});
