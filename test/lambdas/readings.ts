import type { Client } from 'pg';
import { beforeEach, expect, vi } from 'vitest';
import type { Purpose } from '../../engine/ledger/walk-id.ts';
import { ShardCalls } from '../../lambdas/steps/shard-calls.ts';
import { walkNow } from '../../lambdas/steps/walk-now.ts';
import { migrationUnderTest, type MigrationUnderTest } from '../engine/migration-under-test.ts';
import { bothSidesCloud, context } from './both-sides-cloud.ts';
import { awaitedLocks } from '../awaited-locks.ts';

type Change = Readonly<Record<string, unknown>>;

/**
 * A partitioned table of a hundred readings, made anew before each test of a file, and what may happen to it while its rows are walked by
 * the handlers.
 */
export function readingsCloud() {
  const cloud = bothSidesCloud();
  let count = 0;

  beforeEach(() =>
    cloud.db.sql.query(`
      DROP TABLE IF EXISTS readings, early;
      CREATE TABLE readings (id bigint, at date NOT NULL, level integer, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
      CREATE TABLE readings_25 PARTITION OF readings FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
      CREATE TABLE readings_26 PARTITION OF readings FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
      INSERT INTO readings SELECT n, '2025-06-01'::date + n * 3, n FROM generate_series(1, 100) AS n`),
  );

  async function started(change: Change, settings: Change = {}): Promise<MigrationUnderTest> {
    const declared = { table: 'public.readings', change, lockTimeout: '5s', ...settings };
    const migration = await migrationUnderTest(cloud.db.database, `attached-${(count += 1)}`, declared);
    await migration.apply('expand', 'dual-write');
    return migration;
  }

  /** Rows by keys that every walk begins with, in a table that becomes a partition; `fills`: a column and its value. */
  const attach = (
    by: Pick<Client, 'query'> = cloud.db.sql,
    [column, value]: readonly [string, string] = ['level', 'n'],
  ) =>
    by.query(`
      CREATE TABLE early (LIKE readings INCLUDING ALL);
      INSERT INTO early (id, at, "${column}") SELECT -n, '2024-06-01'::date + n, ${value} FROM generate_series(1, 20) AS n;
      ALTER TABLE readings ATTACH PARTITION early FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')`);

  /** Attaches, and commits when somebody waits for the table behind it: gives what became of them. */
  async function attachBefore(
    waits: () => Promise<unknown>,
    fills?: readonly [string, string],
  ): Promise<unknown> {
    const attaching = await cloud.db.connect();
    await attaching.query('BEGIN');
    await attach(attaching, fills);
    const waiting = waits();
    waiting.catch(() => undefined);
    await unitWaits();
    await attaching.query('COMMIT');
    return waiting;
  }

  /** A unit has begun, and waits for its table: what it does before, to have autovacuum leave, waits in a weaker mode. */
  async function unitWaits(): Promise<void> {
    const strong = awaitedLocks("mode = 'AccessExclusiveLock'");
    await vi.waitFor(async () => expect((await cloud.db.sql.query(strong)).rowCount).toBe(1), 4000);
  }

  /** Begins a walk, has something done behind its back, and ends it. */
  async function behind(
    { plan, claim, ledger }: MigrationUnderTest,
    [use, purpose, n]: readonly ['batch' | 'check', Purpose, number],
    comes: () => Promise<unknown>,
  ): Promise<void> {
    const walk = { purpose, n };
    const { handler: cut } = await import('../../lambdas/cut-shards.ts');
    const { shards } = await cut({ ...claim, walk }, context);
    const { [use]: work = '', skip = '', cut: cutAgain = '' } = (await walkNow(plan, purpose, ledger)) ?? {};
    const place = { ...claim, walk, shard: 0 };
    const calls = new ShardCalls({ work, skip, cut: cutAgain }, place, 1000, cloud.db.database);
    expect((await calls.next(30, false)).state).toBe('going');
    await comes();
    const { handler: go } =
      use === 'batch'
        ? await import('../../lambdas/backfill-shard.ts')
        : await import('../../lambdas/verify-shard.ts');
    for (const shard of shards) expect(await go(shard, context)).toEqual({ done: true });
  }

  const compared = (migration: MigrationUnderTest, purpose: Purpose, n: number): Promise<void> =>
    behind(migration, ['check', purpose, n], () => Promise.resolve());

  async function judge({ claim }: MigrationUnderTest, purpose: Purpose, n: number): Promise<unknown> {
    const { handler } = await import('../../lambdas/judge-verification.ts');
    return handler({ ...claim, walk: { purpose, n } }, context);
  }

  async function apply(
    { claim }: MigrationUnderTest,
    phase: 'swap' | 'quarantine' | 'contract',
    [purpose, n]: readonly [Purpose, number],
  ): Promise<unknown> {
    const { handler } = await import('../../lambdas/apply-phase.ts');
    return handler({ ...claim, phase, comparison: { purpose, n } }, context);
  }

  return { cloud, started, attach, attachBefore, unitWaits, behind, compared, judge, apply };
}

export const cameBehind = { name: 'ComparisonOvertaken' };
/** What was waited for was an ATTACH: whoever is called again looks anew. */
export const cameMeanwhile = { name: 'TransientDatabaseError', sqlState: '40001' };
