import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadUsage } from '../../engine/dialects/load-usage.ts';
import { sqlParser } from '../../lambdas/runtime/sql-parser.ts';
import { catalogSnapshot } from './catalog-snapshot.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { goneThrough } from './dependents/readers.ts';
import { migrationUnderTest, type Declared, type MigrationUnderTest } from './migration-under-test.ts';
import { expectUndoneFromEachPhase } from './undone-phases.ts';

let db: DatabaseUnderTest;
let count = 0;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterAll(() => db.close());
beforeEach(() =>
  db.sql
    .query(`DROP SCHEMA public CASCADE; CREATE SCHEMA public; DROP SCHEMA IF EXISTS "Old" CASCADE; CREATE SCHEMA "Old";
    CREATE TABLE readings (id bigint, at date NOT NULL, level integer, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
    CREATE TABLE "Old"."Readings of old" PARTITION OF readings FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
    CREATE TABLE readings_new PARTITION OF readings FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY HASH (id);
    CREATE TABLE readings_new_0 PARTITION OF readings_new FOR VALUES WITH (MODULUS 2, REMAINDER 0);
    CREATE TABLE readings_new_1 PARTITION OF readings_new FOR VALUES WITH (MODULUS 2, REMAINDER 1);
    CREATE INDEX readings_level ON readings (level DESC, note) WHERE note <> '';
    CREATE UNIQUE INDEX readings_once ON readings (level, id, at);
    ALTER TABLE readings ADD CONSTRAINT readings_key UNIQUE NULLS NOT DISTINCT (level, at, id) INCLUDE (note) DEFERRABLE INITIALLY DEFERRED;
    COMMENT ON CONSTRAINT readings_key ON readings IS 'a key';
    COMMENT ON INDEX readings_level IS 'by level';
    INSERT INTO readings SELECT n, '2025-12-01'::date + n, n, 'n' || n FROM generate_series(1, 60) AS n`),
);

const declared = (change: Readonly<Record<string, unknown>>): Declared => ({
  table: 'public.readings',
  change,
});
const retyped = { kind: 'change-type', column: 'level', type: 'bigint', down: 'level::integer' };
const apart = { ...retyped, to: 'height', up: 'level::bigint', down: 'height::integer' };
const renamed = { kind: 'rename-column', from: 'level', to: 'height' };
const added = { kind: 'add-index', name: 'readings_by_note', index: '(note, lower(note)) INCLUDE (level)' };
const planned = (change: Readonly<Record<string, unknown>>): Promise<MigrationUnderTest> =>
  migrationUnderTest(db.database, `i-${(count += 1)}`, declared(change));

/** Of each index, by the table's: whether it is valid, and the tables whose parts are attached. */
async function whole(name: string): Promise<unknown> {
  const { rows } = await db.sql.query(
    `SELECT bool_and(i.indisvalid) AS valid, string_agg(i.indrelid::regclass::text, ' ' ORDER BY i.indrelid::regclass::text) AS on
     FROM pg_partition_tree('${name}') AS t JOIN pg_index AS i ON i.indexrelid = t.relid`,
  );
  return rows[0];
}
const everywhere = '"Old"."Readings of old" readings readings_new readings_new_0 readings_new_1';
const indexesOf = (lines: readonly string[]) => lines.filter((line) => line.startsWith('index '));

describe.each([
  ['retyped', retyped, 'level'],
  ['retyped apart', apart, 'height'],
  ['renamed', renamed, 'height'],
])('a column that is %s', (_, change, column) => {
  test('has its indexes on every partition, and each way back leaves them as they were', async () => {
    const { plan } = await expectUndoneFromEachPhase(db, `whole-${(count += 1)}`, declared(change));
    for (const { name, definition } of plan.expects.indexes) {
      expect(await whole(name)).toEqual({ valid: true, on: everywhere });
      expect(definition).toContain(column);
    }
    expect(plan.expects.indexes).toHaveLength(3);
    expect(plan.warnings.join('\n')).toMatch(
      /indexes of public\.readings are built partition by partition \(4 of them\)/u,
    );
    const left = await db.sql.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
       WHERE NOT i.indisvalid AND c.relnamespace::regnamespace::text IN ('public', '"Old"')`,
    );
    expect(left.rows).toEqual([{ n: 0 }]);
  });
});

test('no index of a column keeps a gate shut', async () => {
  const usage = await loadUsage(db.database, {
    table: { schema: 'public', name: 'readings' },
    columns: ['level'],
  });
  expect(await usage.bound()).toEqual([]);
  expect((await usage.catalog(await sqlParser())).dependents).toEqual([]);
});

test('in place the index and the constraint of the whole have their names, their comments and their definitions', async () => {
  const was = await catalogSnapshot(db.sql);
  const migration = await planned(retyped);
  await goneThrough(migration, 'contract');
  const is = await catalogSnapshot(db.sql);
  const [before, now] = [was, is].map(indexesOf);
  const constraints = (lines: readonly string[]) =>
    lines.filter((line) => line.startsWith('constraint readings readings_key '));
  expect(constraints(is)).toEqual(constraints(was));
  expect(constraints(is)).toHaveLength(1);
  // Each partition's is a part of it.
  const parts = await db.sql.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM pg_partition_tree('readings_key') AS t JOIN pg_constraint AS k ON k.conindid = t.relid
     WHERE k.contype = 'u' AND k.convalidated AND k.condeferred AND (k.conparentid <> 0) = (t.level > 0)`,
  );
  expect(parts.rows).toEqual([{ n: 5 }]);
  const ofWhole = (lines: readonly string[]) =>
    lines.filter((line) => line.includes(' ON ONLY public.readings '));
  expect(ofWhole(now ?? [])).toEqual(ofWhole(before ?? []));
});

describe('add-index', () => {
  test('builds it on every partition, and its undo leaves nothing', async () => {
    await expectUndoneFromEachPhase(db, `added-${(count += 1)}`, declared(added));
    expect(await whole('readings_by_note')).toEqual({ valid: true, on: everywhere });
    // As one statement would have left it, but for the names of the parts.
    await db.sql.query('CREATE INDEX by_one_statement ON readings (note, lower(note)) INCLUDE (level)');
    const { rows } = await db.sql.query<{ same: boolean }>(
      `SELECT count(DISTINCT regexp_replace(pg_get_indexdef(t.relid), '^CREATE INDEX .* ON ', '')) = 5 AS same
       FROM (SELECT relid FROM pg_partition_tree('readings_by_note') UNION ALL SELECT relid FROM pg_partition_tree('by_one_statement')) AS t`,
    );
    expect(rows).toEqual([{ same: true }]);
  });

  test('a unique one finds equal rows when it is built, and is taken away with what was built of it', async () => {
    await db.sql.query(
      `UPDATE readings SET note = 'same' WHERE id IN (40, 42, 44, 46, 48, 50) AND at > '2026-01-01'`,
    );
    const before = await catalogSnapshot(db.sql);
    const migration = await planned({ ...added, index: '(note, at, id)', unique: true });
    await migration.apply('verify');
    await migration.undo('verify');
    expect(await catalogSnapshot(db.sql)).toEqual(before);
    const refused = await planned({ ...added, name: 'once', index: '(note)', unique: true }).catch(
      (error: unknown) => String(error),
    );
    expect(refused).toMatch(/unique constraint on partitioned table must include all partitioning columns/u);
  });

  test('a unique key is a constraint of every partition, and its undo leaves nothing', async () => {
    const unique = { kind: 'add-unique', name: 'readings_note_key', columns: ['note', 'at', 'id'] };
    await expectUndoneFromEachPhase(db, `unique-${(count += 1)}`, declared(unique));
    expect(await whole('readings_note_key')).toEqual({ valid: true, on: everywhere });
    const constraints = async (of: string): Promise<unknown> =>
      (
        await db.sql.query(
          `SELECT k.conrelid::regclass::text AS on, pg_get_constraintdef(k.oid) AS reads, k.conparentid <> 0 AS is_part, k.convalidated
           FROM pg_partition_tree('${of}') AS t JOIN pg_constraint AS k ON k.conindid = t.relid ORDER BY 1`,
        )
      ).rows;
    const ours = await constraints('readings_note_key');
    await db.sql.query(
      'ALTER TABLE readings DROP CONSTRAINT readings_note_key; ALTER TABLE readings ADD CONSTRAINT plain UNIQUE (note, at, id)',
    );
    expect(ours).toEqual(await constraints('plain'));
  });

  test('goes on where it was stopped: an invalid part is built again, and an index of somebody else stays', async () => {
    const before = await catalogSnapshot(db.sql);
    const migration = await planned(added);
    const [begin] = migration.plan.phases.verify?.run ?? [];
    for (const statement of begin?.kind === 'brief' ? begin.statements : []) await db.sql.query(statement);
    await db.sql.query('DROP INDEX readings_by_note');
    await db.sql.query(
      'CREATE TABLE elsewhere (note text); CREATE INDEX readings_new_0_readings_by_note ON elsewhere (note)',
    );
    await expect(migration.applyOnce('verify')).rejects.toThrow(/already exists|42P07/u);
    await migration.undo('verify');
    expect((await db.sql.query(`SELECT FROM pg_indexes WHERE tablename = 'elsewhere'`)).rowCount).toBe(1);
    await db.sql.query('DROP TABLE elsewhere');
    expect(await catalogSnapshot(db.sql)).toEqual(before);
    await db.sql.query(
      'CREATE INDEX readings_new_1_readings_by_note ON readings_new_1 (note, lower(note)) INCLUDE (level)',
    );
    await db.sql.query(
      `UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'readings_new_1_readings_by_note'::regclass`,
    );
    await migration.apply('verify');
    expect(await whole('readings_by_note')).toEqual({ valid: true, on: everywhere });
  });
});

describe('partitions that come and go meanwhile', () => {
  test('one that comes while rows are copied has its part, and one that goes needs none', async () => {
    const migration = await planned(retyped);
    await migration.apply('expand', 'dual-write', 'backfill');
    await db.sql
      .query(`CREATE TABLE readings_next PARTITION OF readings FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
      ALTER TABLE readings DETACH PARTITION "Old"."Readings of old"; DROP TABLE "Old"."Readings of old"`);
    await migration.backfill();
    await migration.apply('verify');
    const { plan } = migration;
    for (const { name } of plan.expectsBeforeSwap?.indexes ?? [])
      expect(await whole(name)).toEqual({
        valid: true,
        on: 'readings readings_new readings_new_0 readings_new_1 readings_next',
      });
    await migration.apply('swap', 'contract');
    expect(await whole('readings_level')).toMatchObject({ valid: true });
  });

  test('one that goes when the others have their parts leaves the whole complete', async () => {
    await planned(added);
    await db.sql
      .query(`CREATE INDEX late ON ONLY readings (note); CREATE INDEX late_new ON ONLY readings_new (note); ALTER INDEX late ATTACH PARTITION late_new;
      CREATE INDEX late_0 ON readings_new_0 (note); ALTER INDEX late_new ATTACH PARTITION late_0;
      ALTER TABLE readings_new DETACH PARTITION readings_new_1`);
    const complete = (): Promise<unknown> =>
      db.sql.query(`SELECT underpin.complete_partition_index('public.late')`);
    await expect(complete()).rejects.toThrow(
      /the index public\.late is not complete: it is missing on "Old"\."Readings of old"/u,
    );
    await db.sql.query('ALTER TABLE readings DETACH PARTITION "Old"."Readings of old"');
    await complete();
    expect(await whole('late')).toEqual({ valid: true, on: 'readings readings_new readings_new_0' });
  });

  test('one that has come between the plan and its beginning stops it by name, and nothing is left', async () => {
    const migration = await planned(added);
    await db.sql.query(
      `CREATE TABLE readings_next PARTITION OF readings FOR VALUES FROM ('2027-01-01') TO ('2028-01-01')`,
    );
    const before = await catalogSnapshot(db.sql);
    await expect(migration.applyOnce('verify')).rejects.toThrow(
      /partitions have come since the plan: public\.readings_next\. Start again/u,
    );
    expect(await catalogSnapshot(db.sql)).toEqual(before);
  });
});

describe('is refused by name', () => {
  test.each([
    [
      'a primary key',
      { ...renamed, from: 'id' },
      '',
      /readings\.id belongs to the key that readings_new is partitioned by/u,
    ],
    [
      'a member of the primary key',
      renamed,
      'ALTER TABLE readings DROP CONSTRAINT readings_pkey; ALTER TABLE readings ADD PRIMARY KEY (id, at, level)',
      /readings\.level belongs to the primary key readings_pkey, and PostgreSQL makes no index of a partitioned table/u,
    ],
    [
      'a unique constraint that is referred to',
      renamed,
      `ALTER TABLE readings ADD CONSTRAINT referred UNIQUE (level, at, id);
       CREATE TABLE notes (l integer, a date, i bigint, CONSTRAINT notes_key FOREIGN KEY (l, a, i) REFERENCES readings (level, at, id))`,
      /readings\.level is what the foreign key notes_key of public\.notes refers to, and a key of a partitioned table/u,
    ],
    [
      'parts of two indexes that would have one name',
      renamed,
      `CREATE TABLE q PARTITION OF readings FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
       CREATE TABLE q_z PARTITION OF readings FOR VALUES FROM ('2028-01-01') TO ('2029-01-01');
       CREATE INDEX level_i ON readings (level); CREATE INDEX z_level_i ON readings (level)`,
      /two parts of indexes would be called public\.q_z_height_i: that of z_height_i on q and that of height_i on q_z/u,
    ],
    [
      'a part whose name is taken',
      added,
      'CREATE TABLE elsewhere (note text); CREATE INDEX readings_new_1_readings_by_note ON elsewhere (note)',
      /public\.readings_new_1_readings_by_note exists already, and that of readings_by_note on readings_new_1 would get its name/u,
    ],
    [
      'partitions elsewhere',
      added,
      `CREATE EXTENSION IF NOT EXISTS file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw; DROP INDEX readings_once; ALTER TABLE readings DROP CONSTRAINT readings_pkey, DROP CONSTRAINT readings_key;
       CREATE FOREIGN TABLE far PARTITION OF readings FOR VALUES FROM ('2030-01-01') TO ('2031-01-01') SERVER files OPTIONS (filename '/dev/null')`,
      /public\.readings has partitions that are foreign tables, .*: public\.far/u,
    ],
  ])('%s', async (_, change, sql, why) => {
    if (sql !== '') await db.sql.query(sql);
    await expect(planned(change)).rejects.toThrow(why);
  });
});
