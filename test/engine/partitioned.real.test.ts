import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
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

test('a partition is not changed alone', async () => {
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

describe('another column of a partitioned table', () => {
  beforeEach(() =>
    db.sql.query(`DROP TABLE IF EXISTS readings;
      CREATE TABLE readings (id bigint, at date NOT NULL, level integer DEFAULT 3 CHECK (level > 0), note text, indexed text, PRIMARY KEY (id, at))
        PARTITION BY RANGE (at);
      CREATE TABLE readings_old PARTITION OF readings FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
      CREATE TABLE readings_new PARTITION OF readings FOR VALUES FROM ('2026-01-01') TO (MAXVALUE) PARTITION BY HASH (id);
      CREATE TABLE readings_new_0 PARTITION OF readings_new FOR VALUES WITH (MODULUS 2, REMAINDER 0);
      CREATE TABLE readings_new_1 PARTITION OF readings_new FOR VALUES WITH (MODULUS 2, REMAINDER 1);
      CREATE INDEX readings_indexed ON readings (indexed);
      INSERT INTO readings SELECT n, '2025-12-01'::date + n, n, 'n' || n FROM generate_series(1, 60) AS n`),
  );
  const readings = (change: Readonly<Record<string, unknown>>) => ({ table: 'public.readings', change });
  const filled = {
    kind: 'add-column',
    column: 'twice',
    type: 'bigint',
    backfill: 'level * 2',
    notNull: true,
  };
  const renamed = { kind: 'rename-column', from: 'level', to: 'height' };
  const retyped = { kind: 'change-type', column: 'level', type: 'bigint', down: 'level::integer' };
  const apart = { ...retyped, to: 'height', up: 'level::bigint', down: 'height::integer' };

  test.each([
    ['renamed', renamed],
    ['retyped apart', apart],
    ['retyped', retyped],
    ['filled', filled],
  ])('%s: each way back leaves it as it was, in every partition', async (name, change) => {
    await expectUndoneFromEachPhase(db, `readings-${name.replaceAll(' ', '-')}`, readings(change));
    const column = 'to' in change ? change.to : 'backfill' in change ? 'twice' : 'level';
    const { rows } = await db.sql.query(
      `SELECT count(*)::integer AS rows, sum(${column})::integer AS sum, count(DISTINCT tableoid)::integer AS partitions FROM readings`,
    );
    expect(rows).toEqual([{ rows: 60, sum: 'backfill' in change ? 3660 : 1830, partitions: 3 }]);
  });

  test.each([
    ['renamed', renamed],
    ['retyped', apart],
  ])('%s beside writers of either version, who also move rows to other partitions', async (name, change) => {
    const migration = await migrationUnderTest(db.database, `readings-beside-${name}`, readings(change));
    const told = new Map(Array.from({ length: 60 }, (_, n) => [n + 1, n + 1]));
    let id = 100;
    const write = async (column: string): Promise<void> => {
      for (const at of ['2025-01-01', '2026-05-05']) {
        id += 1;
        await db.sql.query(`INSERT INTO readings (id, at, ${column}) VALUES ($1::integer, $2, $1::integer)`, [
          id,
          at,
        ]);
        told.set(id, id);
      }
      // From one partition to another, with another value and without.
      await db.sql.query(`UPDATE readings SET at = '2026-06-01', ${column} = 700 WHERE id = 2`);
      told.set(2, 700);
      // Row 3 holds the column's default, and nobody has filled it yet.
      await db.sql.query(`UPDATE readings SET at = at - 200 WHERE id = 50`);
      await db.sql.query(`UPDATE readings SET at = at + 300 WHERE id = 3`);
      await db.sql.query(`UPDATE readings SET ${column} = ${column} + 1 WHERE id IN (1, 40)`);
      for (const each of [1, 40]) told.set(each, (told.get(each) ?? 0) + 1);
      await db.sql.query('DELETE FROM readings WHERE id = $1', [id]);
      told.delete(id);
    };
    await migration.apply('expand', 'dual-write');
    await write('level');
    await migration.apply('backfill');
    await migration.backfill();
    await write('height');
    await migration.apply('verify');
    expect(await migration.mismatches()).toBe(0);
    await migration.apply('read-switch');
    await write('height');
    const held = await db.sql.query(
      'SELECT id::integer, level::integer, height::integer FROM readings ORDER BY id',
    );
    expect(held.rows).toEqual(
      [...told]
        .toSorted(([a], [b]) => a - b)
        .map(([key, value]) => ({ id: key, level: value, height: value })),
    );
  });

  test.each([
    [
      'a key that rows are divided by',
      { ...renamed, from: 'at' },
      /readings\.at belongs to the key that readings is partitioned by/u,
    ],
    [
      'a key of partitions',
      { ...renamed, from: 'id' },
      /readings\.id belongs to the key that readings_new is partitioned by/u,
    ],
  ])('refused by name: %s', async (_, change, says) => {
    const error: unknown = await migrationUnderTest(db.database, 'readings-refused', readings(change)).catch(
      (raised: unknown) => raised,
    );
    expect(error instanceof InvalidSpec ? error.message : 'not refused').toMatch(says);
  });

  test.each([
    [
      'an index',
      'CREATE INDEX here ON readings_old (note)',
      /note has index here beside what its table has/u,
    ],
    [
      'a check',
      'ALTER TABLE readings_old ADD CONSTRAINT here CHECK (length(note) < 99)',
      /note has constraint here on table readings_old/u,
    ],
    [
      'a default',
      "ALTER TABLE readings_new_0 ALTER COLUMN note SET DEFAULT 'x'",
      /note has default value for column note of table readings_new_0/u,
    ],
    [
      'a view',
      'CREATE OR REPLACE VIEW of_old AS SELECT note FROM readings_old',
      /note has rule _RETURN on view of_old/u,
    ],
  ])('refused by name: %s of a partition alone', async (_, sql, says) => {
    await db.sql.query(`DROP VIEW IF EXISTS of_old; ${sql}`);
    const error: unknown = await migrationUnderTest(
      db.database,
      'readings-own',
      readings({ ...renamed, from: 'note' }),
    ).catch((raised: unknown) => raised);
    expect(error instanceof InvalidSpec ? error.message : 'not refused').toMatch(says);
    await db.sql.query('DROP VIEW IF EXISTS of_old');
  });

  test('rows without a key are known by no place', async () => {
    await db.sql.query(
      `DROP TABLE IF EXISTS loose; CREATE TABLE loose (at date, level integer) PARTITION BY RANGE (at)`,
    );
    const error: unknown = await migrationUnderTest(db.database, 'loose', {
      table: 'public.loose',
      change: renamed,
    }).catch((raised: unknown) => raised);
    expect(error instanceof InvalidSpec ? error.message : 'not refused').toMatch(
      /public\.loose has no primary key/u,
    );
  });
});
