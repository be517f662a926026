import { afterAll, beforeAll, expect, test } from 'vitest';
import { probeOnline } from '../../engine/database/online-probe.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest } from './migration-under-test.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  // Sessions have it from their beginning.
  db = await databaseUnderTest(`
    CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE, name text);
    DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET statement_timeout = ''40s''', current_database()); END $$`);
});
afterAll(() => db.close());

const planned = async (name: string, column: string) => {
  const { plan } = await migrationUnderTest(db.database, name, {
    table: 'public.users',
    change: { kind: 'rename-column', from: column, to: `${column}_new` },
  });
  return plan;
};

test('a timeout that would end a build is refused, with the statement that lifts it', async () => {
  await expect(probeOnline(await planned('indexed', 'email'), db.database, '1_a')).rejects.toMatchObject({
    name: 'PreflightFailed',
    message: expect.stringMatching(
      /^statement_timeout is 40s for the role .*: build .*ALTER ROLE .* IN DATABASE .* SET statement_timeout = 0\.$/u,
    ),
  });
});

test('a plan that builds nothing beside the traffic does not care', async () => {
  await db.sql.query('DELETE FROM underpin.table_claim');
  await expect(probeOnline(await planned('plain', 'name'), db.database, '1_b')).resolves.toBe(undefined);
});
