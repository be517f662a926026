import { beforeEach, describe, expect, test } from 'vitest';
import type { MigrationUnderTest } from '../engine/migration-under-test.ts';
import { cameBehind, readingsCloud } from './readings.ts';

const { cloud, started, attach, judge, apply } = readingsCloud();

const rows = async (where: string, [old, fresh] = ['level', 'height']): Promise<unknown> =>
  (
    await cloud.db.sql.query(
      `SELECT count(*)::int AS n, count("${old}")::int AS old, count("${fresh}")::int AS new FROM readings WHERE ${where}`,
    )
  ).rows[0];

describe('where the application writes both sides, a partition that comes with its rows', () => {
  let migration: MigrationUnderTest;
  let passes = 0;
  const reconcile = async (): Promise<number> =>
    (await migration.walk('check', { purpose: 'reconcile', n: (passes += 1) })).changed;
  const compared = async (purpose: 'before-contract' | 'before-drop', n: number): Promise<unknown> => {
    await migration.walk('check', { purpose, n });
    return judge(migration, purpose, n);
  };

  beforeEach(async () => {
    const change = { kind: 'rename-column', from: 'level', to: 'height', dualWrite: 'application' };
    migration = await started(change);
    await migration.backfill();
    await migration.apply('verify');
  });
  /** As behind the last pass for which the old side is the truth. */
  async function truthMoves(): Promise<void> {
    expect(await reconcile()).toBe(0);
    await migration.apply('read-switch');
  }

  test('when the new side is the truth, and lacks it there, keeps its old values, and the old side is not dropped', async () => {
    await truthMoves();
    await attach();
    // What a version writes is a value, be it NULL.
    await cloud.db.sql.query('UPDATE readings SET height = NULL WHERE id = 7');
    expect(await reconcile()).toBe(1);
    expect(await rows('id < 0')).toEqual({ n: 20, old: 20, new: 0 });
    expect(await rows('id = 7')).toEqual({ n: 1, old: 0, new: 0 });
    expect(await compared('before-contract', 1)).toMatchObject({ clean: true, overtaken: false });
    expect(await apply(migration, 'quarantine', ['before-contract', 1])).toEqual({ done: true });
    await expect(apply(migration, 'contract', ['before-contract', 1])).rejects.toMatchObject(cameBehind);
    // In the quarantine as well, elsewhere.
    await cloud.db.sql.query('UPDATE readings SET height = NULL WHERE id = 8');
    expect(await compared('before-drop', 1)).toMatchObject({ clean: false, mismatches: 20 });

    await cloud.db.sql.query('UPDATE readings SET height = -id WHERE id < 0');
    expect(await compared('before-drop', 2)).toMatchObject({ clean: true, mismatches: 0 });
    expect(await apply(migration, 'contract', ['before-drop', 2])).toEqual({ done: true });
    expect(await rows('id < 0', ['id', 'height'])).toEqual({ n: 20, old: 20, new: 20 });
  });

  test('keeps its old values on the way back too, which ends by itself', async () => {
    await truthMoves();
    await attach();
    expect(await reconcile()).toBe(0);
    await migration.undo('read-switch');
    expect(await rows('id < 0')).toEqual({ n: 20, old: 20, new: 0 });
    // And then the new side gets them, as any row that it lacks.
    expect(await reconcile()).toBe(20);
    expect(await rows('id < 0')).toEqual({ n: 20, old: 20, new: 20 });
  });

  test('is copied to the old side where its new one is filled, and keeps no contract', async () => {
    await truthMoves();
    await attach(cloud.db.sql, ['height', 'n']);
    expect(await reconcile()).toBe(20);
    expect(await rows('id < 0')).toEqual({ n: 20, old: 20, new: 20 });
    expect(await compared('before-contract', 1)).toMatchObject({ clean: true });
    await apply(migration, 'quarantine', ['before-contract', 1]);
    await expect(apply(migration, 'contract', ['before-contract', 1])).rejects.toMatchObject(cameBehind);
    expect(await compared('before-drop', 1)).toMatchObject({ clean: true, mismatches: 0 });
    expect(await apply(migration, 'contract', ['before-drop', 1])).toEqual({ done: true });
  });

  test('before that is filled as any other, and what is written to it later is a value', async () => {
    await attach();
    expect(await reconcile()).toBe(20);
    await truthMoves();
    await cloud.db.sql.query('UPDATE readings SET height = NULL WHERE id = -7');
    expect(await reconcile()).toBe(1);
    expect(await rows('id < 0')).toEqual({ n: 20, old: 19, new: 19 });
  });

  test('behind the last pass for which the old side is the truth is seen, and so is one below another', async () => {
    expect(await reconcile()).toBe(0);
    await cloud.db.sql.query(`
      CREATE TABLE early (id bigint, at date NOT NULL, level integer, height integer, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
      CREATE TABLE earliest PARTITION OF early FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
      INSERT INTO earliest (id, at, level) SELECT -n, '2024-06-01'::date + n, n FROM generate_series(1, 20) AS n;
      ALTER TABLE readings ATTACH PARTITION early FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')`);
    await migration.apply('read-switch');
    expect(await reconcile()).toBe(0);
    expect(await rows('id < 0')).toEqual({ n: 20, old: 20, new: 0 });
    // One that is made as a partition brings nothing: whoever has written the old side alone was told that the new one counts.
    await cloud.db.sql.query(`
      CREATE TABLE readings_27 PARTITION OF readings FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
      INSERT INTO readings (id, at, level) VALUES (-100, '2027-01-01', 7)`);
    expect(await reconcile()).toBe(1);
    expect(await rows('id = -100')).toEqual({ n: 1, old: 0, new: 0 });
  });
});
