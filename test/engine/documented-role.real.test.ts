import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inspectorOf } from '../../engine/dialects/planning-dialect.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { allPhasesBack, migrationUnderTest } from './migration-under-test.ts';

const owner = `documented_owner_${process.pid}`;
const role = `documented_${process.pid}`;
const password = 'documented';
const declared = {
  table: 'public.users',
  change: { kind: 'rename-column', from: 'email', to: 'address' },
};

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest();
  await db.sql.query(`
    CREATE ROLE ${owner};
    CREATE TABLE public.users (id int PRIMARY KEY, email text NOT NULL UNIQUE, country text);
    INSERT INTO public.users SELECT n, 'user' || n, 'DE' FROM generate_series(1, 100) AS n;
    ALTER TABLE public.users OWNER TO ${owner};
    REVOKE CREATE ON SCHEMA public FROM PUBLIC`);
  await db.sql.query(documented());
});
afterAll(async () => {
  await db.sql.query(`DROP OWNED BY ${role}, ${owner}; DROP ROLE ${role}; DROP ROLE ${owner}`);
  await db.close();
});

/** A block of docs/deploy.md by its first words, with this test's names. */
function documented(begins = 'CREATE ROLE underpin'): string {
  const blocks = readFileSync('docs/deploy.md', 'utf8').matchAll(/```sql\n([\s\S]*?)```/gu);
  const sql = [...blocks].map(([, block = '']) => block).find((block) => block.startsWith(begins)) ?? '';
  return sql
    .replaceAll(/\bunderpin\b/gu, role)
    .replaceAll(/\bshop_owner\b/gu, owner)
    .replaceAll(/\bshop\b/gu, new URL(db.url).pathname.slice(1))
    .replaceAll('…', password);
}

test('the role of docs/deploy.md can do every phase, back and forth', async () => {
  const migration = await migrationUnderTest(db.as(role, password), 'documented', declared);
  await migration.apply('expand', 'dual-write');
  await migration.backfill(1);
  await migration.apply('verify');
  expect(await migration.mismatches(1)).toBe(0);
  await migration.undo(...allPhasesBack);
  const again = await migration.fenced();
  await again.apply('expand', 'dual-write');
  await again.backfill(1);
  await again.apply('verify', 'read-switch', 'confidence', 'quarantine', 'contract');
  const { rows } = await db.sql.query(
    `SELECT count(*)::int AS n FROM public.users WHERE address LIKE 'user%'`,
  );
  expect(rows).toEqual([{ n: 100 }]);
});

test('it copies a table and gives the copy to the owner, who has to be allowed to have one', async () => {
  await db.sql.query(`CREATE TABLE public.visits (id int, country text, PRIMARY KEY (id, country));
    INSERT INTO public.visits VALUES (1, 'DE'), (2, 'FR');
    ALTER TABLE public.visits OWNER TO ${owner}`);
  const list = { kind: 'partition-table', by: 'list', column: 'country', partitions: { visits_de: ['DE'] } };
  const plan = () =>
    migrationUnderTest(db.as(role, password), 'documented-copy', { table: 'public.visits', change: list });
  await expect(plan()).rejects.toMatchObject({
    message: expect.stringContaining(`GRANT CREATE ON SCHEMA public TO ${owner}`) as unknown,
  });
  await db.sql.query(`GRANT CREATE ON SCHEMA public TO ${owner}`);
  const migration = await plan();
  await migration.apply('expand', 'dual-write', 'backfill');
  await migration.backfill(1);
  await migration.apply('verify', 'swap');
  await migration.undo('swap');
  await migration.apply('swap', 'contract');
  const { rows } = await db.sql.query(
    `SELECT relname, pg_get_userbyid(relowner) AS owner FROM pg_class
     WHERE relname IN ('visits', 'visits_de', 'visits_default') ORDER BY 1`,
  );
  expect(rows).toEqual(
    ['visits', 'visits_de', 'visits_default'].toSorted().map((relname) => ({ relname, owner })),
  );
});

test('what the server logs of its sessions is named until it is turned off as documented', async () => {
  const logged = async () => {
    const of = { key: null, columns: [] };
    const { valuesLogged } = await inspectorOf(db.as(role, password)).statistics(
      { schema: 'public', name: 'users' },
      of,
    );
    return valuesLogged;
  };
  await db.sql.query(`DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET log_statement = ''mod''', current_database());
    EXECUTE format('ALTER DATABASE %I SET log_min_duration_statement = ''1s''', current_database()); END $$`);
  expect(await logged()).toEqual(['log_min_duration_statement is 1s', 'log_statement is mod']);
  await db.sql.query(documented('ALTER ROLE underpin IN DATABASE shop SET log_statement'));
  expect(await logged()).toEqual([]);
});

test('without the owner role of the table it is refused before anything is touched', async () => {
  await db.sql.query(`REVOKE ${owner} FROM ${role}`);
  await expect(migrationUnderTest(db.as(role, password), 'refused', declared)).rejects.toMatchObject({
    name: 'InvalidSpec',
    message: expect.stringContaining('does not own public.users') as unknown,
  });
});
