import { describe, expect, test } from 'vitest';
import { migrationUnderTest, type MigrationUnderTest } from '../engine/migration-under-test.ts';
import { context } from './both-sides-cloud.ts';
import { cameBehind, cameMeanwhile, readingsCloud } from './readings.ts';

const { cloud, started, attach, attachBefore, behind, compared, judge, apply } = readingsCloud();

const renamed = { kind: 'rename-column', from: 'level', to: 'height' };
const retyped = { kind: 'change-type', column: 'level', type: 'bigint', down: 'level::integer' };
const filled = { kind: 'add-column', column: 'height', type: 'integer', backfill: 'level' };

const unfilled = async (): Promise<unknown> =>
  (await cloud.db.sql.query('SELECT count(*)::int AS n FROM readings WHERE height IS DISTINCT FROM level'))
    .rows[0];

describe.each([
  ['renamed', renamed],
  ['filled', filled],
])('a partition that is attached with its rows while a column is %s', (_, change) => {
  test('in the middle of the backfill: the comparison finds what that has passed', async () => {
    const migration = await started(change);
    await behind(migration, ['batch', 'backfill', 1], attach);
    expect(await unfilled()).toEqual({ n: 20 });
    await compared(migration, 'verify', 1);
    expect(await judge(migration, 'verify', 1)).toMatchObject({
      clean: false,
      overtaken: false,
      mismatches: 20,
    });
    await behind(migration, ['batch', 'repair', 1], () => Promise.resolve());
    await compared(migration, 'verify', 2);
    expect(await judge(migration, 'verify', 2)).toMatchObject({ clean: true, checked: 120 });
    expect(await unfilled()).toEqual({ n: 0 });
  });

  test.each(['verify', 'before-contract'] as const)(
    'behind a walk of %s: it is walked again, and every row is seen',
    async (purpose) => {
      const migration = await started(change);
      await migration.backfill();
      await behind(migration, ['check', purpose, 1], attach);
      expect(await judge(migration, purpose, 1)).toMatchObject({
        clean: false,
        overtaken: true,
        mismatches: 0,
      });
      await compared(migration, purpose, 2);
      expect(await judge(migration, purpose, 2)).toMatchObject({
        clean: false,
        overtaken: false,
        mismatches: 20,
      });
    },
  );

  test('and one that is made as a partition, or detached, disturbs no walk', async () => {
    const migration = await started(change);
    await migration.backfill();
    await behind(migration, ['check', 'verify', 1], () =>
      cloud.db.sql.query(`
        CREATE TABLE readings_27 PARTITION OF readings FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
        INSERT INTO readings (id, at, level) VALUES (-1, '2027-01-01', 7);
        ALTER TABLE readings DETACH PARTITION readings_26`),
    );
    expect(await judge(migration, 'verify', 1)).toMatchObject({ clean: true, overtaken: false });
    expect(await unfilled()).toEqual({ n: 0 });
    await cloud.db.sql.query('DROP TABLE readings_26');
  });
});

/** Filled, compared, and behind that a partition came. */
async function overtaken(change: Readonly<Record<string, unknown>>): Promise<MigrationUnderTest> {
  const migration = await started(change);
  await migration.backfill();
  await compared(migration, 'verify', 1);
  expect(await judge(migration, 'verify', 1)).toMatchObject({ clean: true });
  await migration.apply('verify');
  await attach();
  return migration;
}

/** As the machine has it behind that. */
async function comparedAnew(migration: MigrationUnderTest): Promise<void> {
  await compared(migration, 'verify', 2);
  expect(await judge(migration, 'verify', 2)).toMatchObject({ clean: false, mismatches: 20 });
  await behind(migration, ['batch', 'repair', 2], () => Promise.resolve());
  await compared(migration, 'verify', 3);
  expect(await judge(migration, 'verify', 3)).toMatchObject({ clean: true });
}

describe('a partition that is attached with its rows behind the last comparison', () => {
  test('keeps reads where they are until it has been filled', async () => {
    const migration = await overtaken(renamed);
    const { handler } = await import('../../lambdas/set-read-share.ts');
    const move = (n: number) =>
      handler({ ...migration.claim, percent: 100, comparison: { purpose: 'verify', n } }, context);
    await expect(move(1)).rejects.toMatchObject(cameBehind);
    await comparedAnew(migration);
    expect(await move(3)).toMatchObject({ percent: 100 });
    expect(await unfilled()).toEqual({ n: 0 });
  });

  test('keeps the names where they are until it has been filled; a second copy finds them exchanged', async () => {
    const migration = await overtaken(retyped);
    const swap = (n: number) => apply(migration, 'swap', ['verify', n]);
    await expect(swap(1)).rejects.toMatchObject(cameBehind);
    await comparedAnew(migration);
    expect(await swap(3)).toEqual({ done: true });
    expect(await swap(1)).toEqual({ done: true });
    const { rows } = await cloud.db.sql.query(
      'SELECT count(*)::int AS n, pg_typeof(min(level))::text AS type FROM readings WHERE level IS NOT NULL',
    );
    expect(rows).toEqual([{ n: 120, type: 'bigint' }]);
  });

  test('is seen by an exchange that has waited for it, and by the call after that', async () => {
    const migration = await started(retyped);
    await migration.backfill();
    await compared(migration, 'verify', 1);
    await migration.apply('verify');
    const swap = () => apply(migration, 'swap', ['verify', 1]);
    await expect(attachBefore(swap)).rejects.toMatchObject(cameMeanwhile);
    await expect(swap()).rejects.toMatchObject(cameBehind);
  });

  test('keeps the old shape where it is', async () => {
    const migration = await started(renamed);
    await migration.backfill();
    await migration.apply('verify', 'read-switch');
    await compared(migration, 'before-contract', 1);
    expect(await judge(migration, 'before-contract', 1)).toMatchObject({ clean: true });
    await attach();
    await expect(apply(migration, 'quarantine', ['before-contract', 1])).rejects.toMatchObject(cameBehind);
    const { rows } = await cloud.db.sql.query('SELECT count(level)::int AS n FROM readings');
    expect(rows).toEqual([{ n: 120 }]);
  });
});

test.each([
  ['application', 1],
  ['triggers', 0],
])(
  'where both sides are written by %s, plans say so often that a table is filled first',
  async (dualWrite, times) => {
    const change = { ...renamed, dualWrite };
    const declared = { table: 'public.readings', change };
    const { plan } = await migrationUnderTest(cloud.db.database, 'warned', declared);
    const said = plan.warnings.filter((each) =>
      each.startsWith('fill height of a table before you attach it'),
    );
    expect(said).toHaveLength(times);
  },
);

test('a child that a table gets while its rows are walked stops the migration by name', async () => {
  await cloud.db.sql.query(
    'DROP TABLE IF EXISTS kids, folk CASCADE; CREATE TABLE folk (id int PRIMARY KEY, level int); INSERT INTO folk SELECT n, n FROM generate_series(1, 100) AS n',
  );
  const migration = await migrationUnderTest(cloud.db.database, 'inherited', {
    table: 'public.folk',
    change: filled,
  });
  await migration.apply('expand', 'dual-write');
  await migration.backfill();
  await behind(migration, ['check', 'verify', 1], () =>
    cloud.db.sql.query(
      'CREATE TABLE kids (LIKE folk INCLUDING ALL); INSERT INTO kids VALUES (-1, 5, NULL); ALTER TABLE kids INHERIT folk',
    ),
  );
  await expect(judge(migration, 'verify', 1)).rejects.toMatchObject({
    name: 'VerificationFailed',
    message: expect.stringMatching(
      /^kids inherits from public\.folk since it was planned: .*NO INHERIT public\.folk/u,
    ),
  });
});
