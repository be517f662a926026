import { afterAll, beforeAll, expect, test } from 'vitest';
import { InvalidSpec } from '../../engine/database/errors.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest } from './migration-under-test.ts';
import { expectUndoneFromEachPhase } from './undone-phases.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest(`
    CREATE TABLE events (id bigint, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
    CREATE TABLE events_old PARTITION OF events FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
    CREATE TABLE events_new PARTITION OF events FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);
    INSERT INTO events SELECT n, '2025-12-30'::date + n FROM generate_series(1, 4) AS n;
    CREATE TABLE notes (text text);
    INSERT INTO notes VALUES ('there');`);
});
afterAll(() => db.close());

const planned = (name: string, table: string, more: Readonly<Record<string, unknown>>) =>
  migrationUnderTest(db.database, name, {
    table: `public.${table}`,
    change: { kind: 'add-column', column: 'locale', type: 'text', ...more },
  });

const refusal = async (name: string, table: string, more: Readonly<Record<string, unknown>>) => {
  const error: unknown = await planned(name, table, more).catch((raised: unknown) => raised);
  return error instanceof InvalidSpec ? error.message : 'not refused';
};

/** By table: the file that holds it, and whether the column may be NULL there. */
const state = async () =>
  (
    await db.sql.query(
      `SELECT c.relname AS name, pg_relation_filenode(c.oid)::int AS file, a.attnotnull AS strict
       FROM pg_class AS c LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'locale' AND NOT a.attisdropped
       WHERE c.relname IN ('events', 'events_old', 'events_new') ORDER BY c.relname`,
    )
  ).rows;

test('a column is added to a partitioned table and all its partitions, and none is written anew', async () => {
  const before = await state();
  const migration = await planned('events-locale', 'events', { default: "'en'", notNull: true });
  expect(migration.plan.warnings.join()).toContain('public.events is partitioned');
  await migration.apply('expand', 'verify');
  expect(await state()).toEqual(before.map((each) => ({ ...each, strict: true })));
  expect((await db.sql.query('SELECT DISTINCT locale FROM events')).rows).toEqual([{ locale: 'en' }]);
  await migration.undo('verify', 'expand');
  expect(await state()).toEqual(before);
});

test('what would have to be walked is refused on a partitioned table, and a partition is not changed alone', async () => {
  expect(await refusal('events-filled', 'events', { backfill: 'at::text' })).toMatch(
    /public.events is partitioned. Of a partitioned table, rows cannot be written or compared yet/u,
  );
  expect(await refusal('events-random', 'events', { default: 'gen_random_uuid()::text' })).toMatch(
    /change.default: the default differs at each call, so every row of public.events would have to be filled/u,
  );
  expect(await refusal('partition-alone', 'events_old', {})).toMatch(
    /public.events_old is a partition of another table, whose columns it has/u,
  );
});

test('a column that nothing fills is added to a table without a key', async () => {
  const migration = await planned('notes-locale', 'notes', { default: "'en'", notNull: true });
  await migration.apply('expand', 'verify');
  expect((await db.sql.query('SELECT * FROM notes')).rows).toEqual([{ text: 'there', locale: 'en' }]);
});

test('a partitioned table and its columns get other names by a view, and rows find their partitions through it', async () => {
  await db.sql.query(`
    CREATE TABLE visits (id bigint, at date NOT NULL, page text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
    CREATE TABLE visits_old PARTITION OF visits FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
    CREATE TABLE visits_new PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);
    INSERT INTO visits VALUES (1, '2025-12-31', 'a')`);
  const where = async (column: string) =>
    (
      await db.sql.query(
        `SELECT tableoid::regclass::text || ' ' || id || ' ' || ${column} AS row FROM ONLY visits_old
         UNION ALL SELECT tableoid::regclass::text || ' ' || id || ' ' || ${column} FROM ONLY visits_new ORDER BY 1`,
      )
    ).rows.map(({ row }) => String(row));
  const declared = {
    table: 'public.visits',
    change: { kind: 'rename-column', from: 'page', to: 'path', by: 'alias' },
  };
  const { plan } = await migrationUnderTest(db.database, 'visits-asked', declared);
  expect(plan.warnings.join('\n')).toContain(
    'no partition is made, attached or detached by the name public.visits',
  );
  const migration = await migrationUnderTest(db.database, 'visits-path', declared);
  await migration.apply('expand', 'read-switch');
  await db.sql.query(`INSERT INTO visits (id, at, page) VALUES (2, '2026-01-02', 'b');
    INSERT INTO visits (id, at, path) VALUES (3, '2026-01-03', 'c');
    UPDATE visits SET at = '2026-01-04', path = 'moved' WHERE id = 1`);
  expect(await where('page')).toEqual(['visits_new 1 moved', 'visits_new 2 b', 'visits_new 3 c']);
  await migration.undo('read-switch', 'expand');
  await expectUndoneFromEachPhase(db, 'visits-renamed', declared);
  expect(await where('path')).toEqual(['visits_new 1 moved', 'visits_new 2 b', 'visits_new 3 c']);
  const table = { table: 'public.visits', change: { kind: 'rename-table', to: 'views', by: 'alias' } };
  await expectUndoneFromEachPhase(db, 'visits-views', table);
  await db.sql.query(`INSERT INTO views VALUES (4, '2025-01-01', 'd')`);
  expect(await where('path')).toContain('visits_old 4 d');
});
