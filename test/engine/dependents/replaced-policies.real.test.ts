import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadUsage } from '../../../engine/dialects/load-usage.ts';
import { sqlParser } from '../../../lambdas/runtime/sql-parser.ts';
import { catalogSnapshot } from '../catalog-snapshot.ts';
import { databaseUnderTest, type DatabaseUnderTest } from '../database-under-test.ts';
import { migrationUnderTest, type Declared } from '../migration-under-test.ts';
import { expectUndoneFromEachPhase } from '../undone-phases.ts';
import { goneThrough } from './readers.ts';

let db: DatabaseUnderTest;
let count = 0;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterAll(() => db.close());
beforeEach(() =>
  db.sql.query(`DROP SCHEMA public CASCADE; CREATE SCHEMA public;
    DO $$ BEGIN CREATE ROLE "Policy Reader"; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
    CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL, team text);
    CREATE TABLE members (team text, email text);
    GRANT ALL ON users, members TO "Policy Reader"; GRANT USAGE ON SCHEMA public TO "Policy Reader";
    INSERT INTO users SELECT n, 'u' || n || '@example.org', 'team ' || n % 3 FROM generate_series(1, 20) AS n;
    INSERT INTO members SELECT 'team 1', email FROM users WHERE id < 9;
    ALTER TABLE users ENABLE ROW LEVEL SECURITY`),
);

const rename: Declared = {
  table: 'public.users',
  change: { kind: 'rename-column', from: 'email', to: 'email_address' },
};
const policies = `
  CREATE POLICY own ON users AS PERMISSIVE FOR SELECT TO "Policy Reader" USING (email = 'u3@example.org' OR lower(email) LIKE 'u1%');
  CREATE POLICY written ON users FOR UPDATE TO "Policy Reader", PUBLIC USING (email <> '') WITH CHECK (email LIKE '%@%');
  CREATE POLICY added ON users AS RESTRICTIVE FOR INSERT WITH CHECK (email IS NOT NULL);
  CREATE POLICY "Of the team" ON users FOR ALL USING (EXISTS (SELECT FROM members AS m WHERE m.email = users.email AND m.team = users.team));
  CREATE POLICY first_of_team ON users FOR DELETE USING (email = (SELECT min(u.email) FROM users AS u WHERE u.team = users.team));
  CREATE POLICY other ON users FOR SELECT USING (team = 'team 2');
  COMMENT ON POLICY own ON users IS 'what everybody may see'`;

const offersOf = async (declared: Declared): Promise<readonly string[]> =>
  (await migrationUnderTest(db.database, `o-${(count += 1)}`, declared)).plan.offers ?? [];

async function seen(): Promise<readonly number[]> {
  await db.sql.query('SET ROLE "Policy Reader"');
  try {
    const { rows } = await db.sql.query<{ id: string }>('SELECT id FROM users ORDER BY id');
    return rows.map(({ id }) => Number(id));
  } finally {
    await db.sql.query('RESET ROLE');
  }
}

const needs = async (): Promise<readonly string[]> => {
  const usage = await loadUsage(db.database, {
    table: { schema: 'public', name: 'users' },
    columns: ['email'],
  });
  return (await usage.catalog(await sqlParser())).dependents;
};

test('policies of every sort are offered expressions over the new column, and ask the same on every way', async () => {
  await db.sql.query(policies);
  const before = { seen: await seen(), catalog: await catalogSnapshot(db.sql) };
  const dependents = await offersOf(rename);
  expect(dependents).toHaveLength(5);
  const { plan } = await expectUndoneFromEachPhase(db, `all-${(count += 1)}`, { ...rename, dependents });
  expect(plan.offers).toBeUndefined();
  expect(plan.altersPolicies?.toSorted()).toEqual([
    'Of the team',
    'added',
    'first_of_team',
    'own',
    'written',
  ]);
  expect(await seen()).toEqual(before.seen);
  const ofPolicies = (lines: readonly string[]) => lines.filter((line) => line.startsWith('policy '));
  expect(ofPolicies(await catalogSnapshot(db.sql))).toEqual(
    ofPolicies(before.catalog).map((line) =>
      line.replaceAll(/(?<!m\.)\bemail\b/gu, 'email_address').replace('min(u.email)', 'min(u.email_address)'),
    ),
  );
});

test('the contract gate has nothing left to wait for', async () => {
  await db.sql.query(policies);
  const dependents = await offersOf(rename);
  const migration = await migrationUnderTest(db.database, `gate-${(count += 1)}`, { ...rename, dependents });
  await goneThrough(migration, 'verify');
  expect(await needs()).toHaveLength(5);
  await migration.apply('read-switch');
  expect(await needs()).toEqual([]);
});

test('a converted column is asked for by `down`', async () => {
  await db.sql.query(
    'ALTER TABLE users ADD COLUMN cents integer; CREATE POLICY cheap ON users USING (cents < 500)',
  );
  const change = {
    kind: 'change-type',
    column: 'cents',
    to: 'euros',
    type: 'numeric(12,2)',
    up: 'cents / 100.0',
    down: 'round(euros * 100)::integer',
  };
  const declared = { table: 'public.users', change };
  const [offer = ''] = await offersOf(declared);
  expect(offer).toContain('USING (((round((euros * (100)::numeric)))::integer < 500))');
  await expectUndoneFromEachPhase(db, `euros-${(count += 1)}`, { ...declared, dependents: [offer] });
});

test('the author may write another expression', async () => {
  await db.sql.query(`CREATE POLICY own ON users USING (email = 'u3@example.org')`);
  const other = `ALTER POLICY own ON users USING (lower(email_address) = 'u4@example.org')`;
  await expectUndoneFromEachPhase(db, `own-${(count += 1)}`, { ...rename, dependents: [other] });
  expect(await seen()).toEqual([4]);
});

describe('is refused, with the place', () => {
  test.each([
    [
      'a policy that is not there',
      `ALTER POLICY none ON users USING (true)`,
      /no policy none of public\.users/u,
    ],
    [
      'a policy of another table',
      `ALTER POLICY own ON members USING (true)`,
      /no policy own of public\.members names a column that goes/u,
    ],
    [
      'half of one',
      `ALTER POLICY own ON users USING (email_address <> '')`,
      /policy own cannot become this: it would still name email/u,
    ],
    [
      'an expression that the database refuses',
      `ALTER POLICY own ON users USING (email_address > 3) WITH CHECK (true)`,
      /policy own cannot become this: operator does not exist: text > integer/u,
    ],
    [
      'roles',
      `ALTER POLICY own ON users TO PUBLIC USING (true) WITH CHECK (true)`,
      /gives the policy roles/u,
    ],
    [
      'a rename',
      `ALTER POLICY own ON users RENAME TO other`,
      /not one CREATE OR REPLACE VIEW and nothing else/u,
    ],
  ])('%s', async (_, statement, why) => {
    await db.sql.query(`CREATE POLICY own ON users FOR UPDATE USING (email <> '') WITH CHECK (email <> '')`);
    await expect(offersOf({ ...rename, dependents: [statement] })).rejects.toThrow(why);
  });
});

test('a policy that somebody has altered since the plan is not replaced, and one altered since stays', async () => {
  await db.sql.query(`CREATE POLICY own ON users USING (email <> 'a')`);
  const dependents = await offersOf(rename);
  const migration = await migrationUnderTest(db.database, `late-${(count += 1)}`, { ...rename, dependents });
  await goneThrough(migration, 'verify');
  await db.sql.query(`ALTER POLICY own ON users USING (email <> 'b')`);
  await expect(migration.applyOnce('read-switch')).rejects.toThrow(
    /policy own of public\.users is not as it was planned/u,
  );
  await db.sql.query(`ALTER POLICY own ON users USING (email <> 'a')`);
  await migration.apply('read-switch');
  await db.sql.query(`ALTER POLICY own ON users USING (email_address <> 'c')`);
  await migration.undo('read-switch');
  const { rows } = await db.sql.query<{ asks: string }>(
    'SELECT pg_get_expr(polqual, polrelid) AS asks FROM pg_policy',
  );
  expect(rows).toEqual([{ asks: "(email_address <> 'c'::text)" }]);
});
