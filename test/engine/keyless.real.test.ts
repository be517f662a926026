import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { one } from '../../engine/database/database.ts';
import { theBackfill } from '../../engine/ledger/walk-id.ts';
import { storedSettings } from '../../engine/plan/stored.ts';
import { walkShard } from '../../lambdas/steps/walk-shard.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import {
  allPhasesBack,
  migrationUnderTest,
  toolsOver,
  type MigrationUnderTest,
} from './migration-under-test.ts';
import { refusalsOf } from './refusals-of.ts';
import { step } from './step.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterAll(() => db.close());

const rename = { kind: 'rename-column', from: 'a', to: 'b' };
const retype = {
  kind: 'change-type',
  column: 'a',
  to: 'b',
  type: 'integer',
  up: 'a::integer',
  down: 'b::text',
};
const fill = { kind: 'add-column', column: 'b', type: 'integer', backfill: 'a::integer' };
const changes = [rename, retype, fill];
const intoMonths = {
  kind: 'partition-table',
  by: 'range',
  column: 'day',
  every: 'month',
  from: '2026-01-01',
  to: '2026-03-01',
};

const blocks = 8;
const inBlock = 4;
let count = 0;

/**
 * A table without a key, four rows to a block; `n` tells them apart, and nothing says so to the database, or it is a key that
 * the walk is to leave aside.
 */
async function keyless(
  change: Readonly<Record<string, unknown>>,
  isKeyed = false,
): Promise<{ readonly table: string; readonly migration: MigrationUnderTest }> {
  const table = `keyless_${(count += 1)}`;
  await db.sql
    .query(`CREATE TABLE ${table} (n int${isKeyed ? ' PRIMARY KEY' : ''}, a text, pad text) WITH (autovacuum_enabled = off);
    ALTER TABLE ${table} ALTER pad SET STORAGE PLAIN;
    INSERT INTO ${table} SELECT n, n, repeat('x', 1800) FROM generate_series(1, ${blocks * inBlock}) AS n;
    ANALYZE ${table}`);
  const migration = await migrationUnderTest(db.database, table.replace('_', '-'), {
    table: `public.${table}`,
    change,
    ...(isKeyed && { backfill: { by: 'place' } }),
  });
  await migration.apply('expand', 'dual-write');
  return { table, migration };
}

const blockOf = async (table: string, n: number): Promise<number> =>
  (
    await db.sql.query<{ block: number }>(
      `SELECT (ctid::text::point)[0]::int AS block FROM ${table} WHERE n = ${n}`,
    )
  ).rows[0]?.block ?? -1;

const apart = async (table: string): Promise<readonly unknown[]> =>
  (await db.sql.query(`SELECT n FROM ${table} WHERE b::text IS DISTINCT FROM a`)).rows;

/** As the handler does it, from where the checkpoint is. */
async function work({ plan, claim, ledger, database }: MigrationUnderTest, shard: number) {
  const record = await ledger.find(claim.migration);
  const { batch, skip = '', cut = '' } = plan.walks[0] ?? {};
  if (record === undefined || batch === undefined) throw new Error('nothing to walk');
  const place = { ...claim, walk: theBackfill, shard };
  return walkShard({ work: batch, skip, cut }, place, storedSettings(record), toolsOver(database));
}

const noted = async ({ ledger, claim }: MigrationUnderTest) =>
  (await ledger.walks.stubbornRows(claim.migration)).map(({ key, sqlstate }) => ({
    ctid: z.object({ ctid: z.string(), file: z.string() }).parse(JSON.parse(key)).ctid,
    sqlstate,
  }));

async function sweep({ plan, claim, ledger }: MigrationUnderTest): Promise<void> {
  for (const { key } of await ledger.walks.stubbornRows(claim.migration)) {
    const parameters = { ...claim, key, lock_timeout: '10s' };
    await one(
      db.database,
      { text: plan.walks[0]?.sweep ?? '', parameters },
      z.object({ held: z.literal(1) }),
    ).catch((error: unknown) => expect(error).toHaveProperty('sqlState', '22P02'));
  }
}

const tables = [
  { of: 'a table without a key', isKeyed: false },
  { of: 'a table that is walked by place', isKeyed: true },
];
const both = changes.flatMap((change) => tables.map((each) => ({ ...each, kind: change.kind, change })));

describe.each(both)('$kind on $of', ({ change, isKeyed }) => {
  test('is walked window by window, and every row agrees', async () => {
    const { table, migration } = await keyless(change, isKeyed);
    const shards = await migration.cut('backfill', 3);
    expect(shards).toEqual([0, 1, 2]);
    const states: string[] = [];
    for (const shard of shards)
      for (let state = 'going'; state === 'going'; states.push(state))
        ({ state } = await step(migration, 'batch', { walk: 'backfill', shard, rows: 3 }));
    expect(states.filter((state) => state === 'done')).toHaveLength(3);
    expect(states.length).toBeGreaterThanOrEqual((blocks * inBlock) / 3);
    const { rows: passed } = await migration.ledger.walks.progress(migration.claim, theBackfill);
    expect(passed).toBe(blocks * inBlock);
    expect(await apart(table)).toEqual([]);
    const { rows, changed } = await migration.walk('check', 'verify');
    expect({ rows, changed }).toEqual({ rows: blocks * inBlock, changed: 0 });
  });

  test('a row that moves behind the walk by an UPDATE of something else is filled on its way', async () => {
    const { table, migration } = await keyless(change, isKeyed);
    const [shard = 0] = await migration.cut('backfill', 1);
    for (let n = 0; n < 4; n += 1) await step(migration, 'batch', { walk: 'backfill', shard, rows: inBlock });
    // Room in the first block, and nowhere else.
    await db.sql.query(`DELETE FROM ${table} WHERE n <= 2`);
    await db.sql.query(`VACUUM ${table}`);
    const last = blocks * inBlock;
    expect(await blockOf(table, last)).toBe(blocks - 1);
    await db.sql.query(`UPDATE ${table} SET pad = repeat('y', 1800) WHERE n = ${last}`);
    expect(await blockOf(table, last)).toBeLessThan(4);
    for (let state = 'going'; state === 'going';)
      ({ state } = await step(migration, 'batch', { walk: 'backfill', shard, rows: inBlock }));
    expect(await apart(table)).toEqual([]);
  });

  test('a table that is written anew is walked anew, by one worker, and the others end', async () => {
    const { table, migration } = await keyless(change, isKeyed);
    await migration.cut('backfill', 2);
    const batch = (shard: number) => step(migration, 'batch', { walk: 'backfill', shard, rows: inBlock });
    // Of the first shard half is done, of the second nothing; now all that is left comes to lie where the first one was.
    for (let n = 0; n < 2; n += 1) expect((await batch(0)).state).toBe('going');
    await db.sql.query(`DELETE FROM ${table} WHERE n <= ${(blocks / 2) * inBlock}`);
    await db.sql.query(`VACUUM FULL ${table}`);
    expect((await batch(1)).state).toBe('rewritten');
    await migration.cut('backfill', 2);
    expect((await batch(1)).state).toBe('done');
    for (let state = 'going'; state === 'going';) ({ state } = await batch(0));
    expect(await apart(table)).toEqual([]);
    expect(await migration.mismatches()).toBe(0);
  });

  test('the worker itself cuts a rewritten table again', async () => {
    const { table, migration } = await keyless(change, isKeyed);
    const [shard = 0] = await migration.cut('backfill', 1);
    for (let n = 0; n < 6; n += 1) await step(migration, 'batch', { walk: 'backfill', shard, rows: inBlock });
    await db.sql.query(`DELETE FROM ${table} WHERE n <= ${6 * inBlock}`);
    await db.sql.query(`VACUUM FULL ${table}`);
    expect(await work(migration, shard)).toEqual({ done: true });
    expect(await apart(table)).toEqual([]);
  });

  test('an empty one is done at once', async () => {
    const { table, migration } = await keyless(change, isKeyed);
    await db.sql.query(`TRUNCATE ${table}`);
    expect(await migration.backfill(3)).toMatchObject({ rows: 0, shards: 1, shardsDone: 1 });
  });

  test('nothing of it is left after the way back', async () => {
    const { table, migration } = await keyless(change, isKeyed);
    await migration.backfill();
    await migration.apply('verify');
    await migration.undo(
      ...allPhasesBack.filter(
        (phase) =>
          migration.plan.phases[phase] !== undefined &&
          !['read-switch', 'confidence', 'quarantine'].includes(phase),
      ),
    );
    const left = `SELECT proname AS name FROM pg_proc WHERE proname LIKE '${table.replace('_', '-')}%'
      UNION ALL SELECT tgname FROM pg_trigger WHERE tgrelid = '${table}'::regclass
      UNION ALL SELECT attname FROM pg_attribute WHERE attrelid = '${table}'::regclass AND attname = 'b'`;
    expect((await db.sql.query(left)).rows).toEqual([]);
  });
});

describe.each([retype, fill])('a row without a key that refuses $kind', (change) => {
  test('is noted where it lies, by the writer and by the walk, and forgotten once it is mended', async () => {
    const { table, migration } = await keyless(change);
    await db.sql.query(`UPDATE ${table} SET a = 'x' WHERE n = 3`);
    await db.sql.query(`INSERT INTO ${table} (n, a) VALUES (99, 'y')`);
    const places = async (): Promise<readonly string[]> =>
      (
        await db.sql.query<{ at: string }>(
          `SELECT ctid::text AS at FROM ${table} WHERE a IN ('x', 'y') ORDER BY n`,
        )
      ).rows.map(({ at }) => at);
    expect((await noted(migration)).map(({ ctid }) => ctid).toSorted()).toEqual((await places()).toSorted());
    await db.sql.query(`UPDATE ${table} SET a = '3' WHERE n = 3`);
    await sweep(migration);
    expect(await noted(migration)).toEqual([{ ctid: (await places())[0], sqlstate: '22P02' }]);
    await db.sql.query(`DELETE FROM ${table} WHERE n = 99`);
    await sweep(migration);
    expect(await noted(migration)).toEqual([]);
  });

  test('moves with its note, and stays noted while the table is rewritten, until it is looked for again', async () => {
    const { table, migration } = await keyless(change);
    await db.sql.query(`UPDATE ${table} SET a = 'x' WHERE n = 3`);
    await db.sql.query(`UPDATE ${table} SET pad = 'moved' WHERE n = 3`);
    await sweep(migration);
    expect(await noted(migration)).toHaveLength(1);
    await db.sql.query(`VACUUM FULL ${table}`);
    await sweep(migration);
    expect(await noted(migration)).toHaveLength(1);
    const { changed } = await migration.walk('check', 'verify', 1);
    const { rows } = await db.sql.query(
      `SELECT ctid::text AS ctid, '22P02' AS sqlstate FROM ${table} WHERE a = 'x'`,
    );
    expect(await noted(migration)).toEqual(rows);
    expect(changed).toBeGreaterThan(0);
  });
});

test('a walk by place is refused where rows have no places, and where another table has to find them', async () => {
  await db.sql.query(`CREATE TABLE parted (n int PRIMARY KEY, a text) PARTITION BY RANGE (n);
    CREATE TABLE visited (day date, n int, PRIMARY KEY (day, n))`);
  const planned = (table: string, change: Readonly<Record<string, unknown>>) =>
    migrationUnderTest(db.database, table, { table: `public.${table}`, change, backfill: { by: 'place' } });
  const refused = 'cannot be walked by their place for this change';
  expect(await refusalsOf(planned('parted', rename))).toContain(refused);
  expect(await refusalsOf(planned('visited', intoMonths))).toContain(refused);
});

test('rows that do not lie in the order of their key have a plan that says so, where there are many', async () => {
  await db.sql.query(`CREATE TABLE scattered (n text PRIMARY KEY, a text) WITH (autovacuum_enabled = off);
    INSERT INTO scattered SELECT md5(n::text) FROM generate_series(1, 500000) AS n;
    ANALYZE scattered`);
  const planned = (by: string) =>
    migrationUnderTest(db.database, `scattered-${by}`, {
      table: 'public.scattered',
      change: rename,
      backfill: { by },
    });
  const says = expect.stringContaining('`backfill: { by: place }` walks them as they lie');
  const byKey = await planned('key');
  expect(byKey.plan.warnings).toContainEqual(says);
  const { warnings } = (await planned('place')).plan;
  expect(warnings).not.toContainEqual(says);
  expect(warnings).toContainEqual(expect.stringContaining('are walked as they lie (ctid), not by their key'));
});

test('a published table whose UPDATEs all fail is refused, and one that says which row is meant is not', async () => {
  await db.sql.query(`CREATE TABLE published (a text); CREATE PUBLICATION told FOR TABLE published`);
  const planned = () =>
    migrationUnderTest(db.database, 'published', { table: 'public.published', change: rename });
  expect(await refusalsOf(planned())).toContain('public.published is published and has no replica identity');
  await db.sql.query('ALTER TABLE published REPLICA IDENTITY FULL');
  await expect(planned()).resolves.toBeDefined();
  await db.sql.query('DROP PUBLICATION told');
});

test('its rows cannot follow a key into partitions', async () => {
  await db.sql.query('CREATE TABLE loose (day date NOT NULL)');
  expect(
    await refusalsOf(migrationUnderTest(db.database, 'loose', { table: 'public.loose', change: intoMonths })),
  ).toContain('public.loose has no primary key and no unique index over NOT NULL columns');
});
