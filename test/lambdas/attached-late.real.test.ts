import { describe, expect, test } from 'vitest';
import type { MigrationUnderTest } from '../engine/migration-under-test.ts';
import { cameBehind, cameMeanwhile, readingsCloud } from './readings.ts';

const { cloud, started, attach, attachBefore, unitWaits, compared, judge, apply } = readingsCloud();

const renamed = { kind: 'rename-column', from: 'level', to: 'height' };
const byApplication = { ...renamed, dualWrite: 'application' };
// The new side of a level of 5 is NULL, and lacks nothing.
const retyped = {
  kind: 'change-type',
  column: 'level',
  to: 'height',
  type: 'bigint',
  up: 'NULLIF(level, 5)',
  down: 'height::integer',
};
const inPlace = { kind: 'change-type', column: 'level', type: 'bigint', down: 'level::integer' };

const held = async (column: string): Promise<unknown> =>
  (await cloud.db.sql.query(`SELECT count("${column}")::int AS n FROM readings`)).rows[0];

const asideOf = ({ plan: { shape } }: MigrationUnderTest): string =>
  shape.kind === 'columns' ? (shape.quarantined[0] ?? '') : '';

/** Compared before the old side is set aside or dropped, and all of it was equal. */
async function settled(migration: MigrationUnderTest): Promise<void> {
  await compared(migration, 'before-contract', 1);
  expect(await judge(migration, 'before-contract', 1)).toMatchObject({ clean: true });
}

describe.each([
  ['renamed', renamed, 20],
  ['given another type', retyped, 19],
  ['renamed by an application that writes both', byApplication, 20],
] as const)(
  'a partition with its rows that comes in the quarantine of a column that is %s',
  (_, change, lacking) => {
    async function inQuarantine(): Promise<MigrationUnderTest> {
      const migration = await started(change);
      await migration.backfill();
      await migration.apply('verify', 'read-switch');
      await settled(migration);
      expect(await apply(migration, 'quarantine', ['before-contract', 1])).toEqual({ done: true });
      return migration;
    }
    const drops = (migration: MigrationUnderTest, n?: number) =>
      apply(migration, 'contract', n === undefined ? ['before-contract', 1] : ['before-drop', n]);

    test('keeps the old shape while the new side lacks what that holds', async () => {
      const migration = await inQuarantine();
      const aside = asideOf(migration);
      await attach(cloud.db.sql, [aside, 'n']);
      await expect(drops(migration)).rejects.toMatchObject(cameBehind);
      await compared(migration, 'before-drop', 1);
      expect(await judge(migration, 'before-drop', 1)).toMatchObject({ clean: false, mismatches: lacking });
      expect(await held(aside)).toEqual({ n: 120 });
    });

    test('is no hindrance where its new side is filled; a second copy does nothing more', async () => {
      const migration = await inQuarantine();
      await attach(cloud.db.sql, ['height', 'n']);
      await expect(drops(migration)).rejects.toMatchObject(cameBehind);
      await compared(migration, 'before-drop', 1);
      expect(await judge(migration, 'before-drop', 1)).toMatchObject({ clean: true, mismatches: 0 });
      expect(await drops(migration, 1)).toEqual({ done: true });
      const before = await held('height');
      expect(await drops(migration, 1)).toEqual({ done: true });
      expect(await held('height')).toEqual(before);
      await expect(held(asideOf(migration))).rejects.toMatchObject({ code: '42703' });
    });

    test('is seen by a contract that has waited for it, and by the call after that', async () => {
      const migration = await inQuarantine();
      const aside = asideOf(migration);
      await expect(attachBefore(() => drops(migration), [aside, 'n'])).rejects.toMatchObject(cameMeanwhile);
      expect(await held(aside)).toEqual({ n: 120 });
      await expect(drops(migration)).rejects.toMatchObject(cameBehind);
      await compared(migration, 'before-drop', 1);
      // And by one that rests on a comparison of the quarantine.
      await cloud.db.sql.query(`ALTER TABLE readings DETACH PARTITION early; DROP TABLE early`);
      await expect(attachBefore(() => drops(migration, 1), [aside, 'n'])).rejects.toMatchObject(
        cameMeanwhile,
      );
      await expect(drops(migration, 1)).rejects.toMatchObject(cameBehind);
      expect(await held(aside)).toEqual({ n: 120 });
    });

    test('made as a partition it is none either', async () => {
      const migration = await inQuarantine();
      await cloud.db.sql.query(`
      CREATE TABLE readings_27 PARTITION OF readings FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
      INSERT INTO readings (id, at, height) VALUES (-1, '2027-01-01', 7)`);
      expect(await drops(migration)).toEqual({ done: true });
      expect(await held('height')).toMatchObject({ n: change === retyped ? 100 : 101 });
    });
  },
);

describe('without a quarantine', () => {
  async function exchanged(): Promise<MigrationUnderTest> {
    const migration = await started(inPlace);
    await migration.backfill();
    await compared(migration, 'verify', 1);
    await migration.apply('verify');
    expect(await apply(migration, 'swap', ['verify', 1])).toEqual({ done: true });
    await settled(migration);
    return migration;
  }
  const drops = (migration: MigrationUnderTest, n = 1) =>
    apply(migration, 'contract', ['before-contract', n]);

  test('a contract that has waited for an ATTACH drops nothing, and the call after it has all rows compared', async () => {
    const migration = await exchanged();
    const aside = asideOf(migration);
    await expect(attachBefore(() => drops(migration), [aside, 'n'])).rejects.toMatchObject(cameMeanwhile);
    expect(await held(aside)).toEqual({ n: 120 });
    await expect(drops(migration)).rejects.toMatchObject(cameBehind);
    await compared(migration, 'before-contract', 2);
    expect(await judge(migration, 'before-contract', 2)).toMatchObject({ clean: false, mismatches: 20 });
  });

  test('one that has waited for a child of the table drops nothing either', async () => {
    await cloud.db.sql.query(`
      DROP TABLE readings;
      DROP TABLE IF EXISTS kids;
      CREATE TABLE readings (id bigint PRIMARY KEY, level integer);
      INSERT INTO readings SELECT n, n FROM generate_series(1, 100) AS n`);
    const migration = await exchanged();
    const inheriting = await cloud.db.connect();
    await inheriting.query('BEGIN; CREATE TABLE kids (LIKE readings); ALTER TABLE kids INHERIT readings');
    const waiting = drops(migration);
    waiting.catch(() => undefined);
    await unitWaits();
    await inheriting.query('COMMIT');
    await expect(waiting).rejects.toMatchObject(cameMeanwhile);
    await expect(drops(migration)).rejects.toMatchObject({ name: 'VerificationFailed' });
    expect(await held(asideOf(migration))).toEqual({ n: 100 });
    await cloud.db.sql.query('DROP TABLE kids');
  });
});
