import { afterAll, beforeAll, expect, test } from 'vitest';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest, type MigrationUnderTest } from './migration-under-test.ts';
import { EntryWriters } from './partition-writers.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterAll(() => db.close());

const rows = async (table: string): Promise<readonly string[]> =>
  (
    await db.sql.query<{ line: string }>(
      `SELECT format('%s %s %s', id, day, note) AS line FROM ${table} ORDER BY id`,
    )
  ).rows.map(({ line }) => line);

const change = {
  kind: 'partition-table',
  by: 'range',
  column: 'day',
  every: 'month',
  from: '2026-01-01',
  to: '2026-05-01',
};

const keys = [
  ['whose key holds the column', 'PRIMARY KEY (id, day), UNIQUE (day, id)', change],
  ['whose key is widened', 'PRIMARY KEY (id)', { ...change, primaryKey: ['id', 'day'] }],
] as const;

test.each(keys)(
  'a table %s holds what its writers were told, through every phase and back',
  { timeout: 600_000 },
  async (name, key, declared) => {
    await db.sql.query(`DROP TABLE IF EXISTS entries, entries_underpin_old, entries_underpin_new CASCADE;
      -- An autovacuum gives way to a lock only when somebody has waited for it for a second.
      CREATE TABLE entries (id bigint NOT NULL, day date NOT NULL, note text NOT NULL, ${key}) WITH (autovacuum_enabled = false);
      INSERT INTO entries SELECT n, date '2026-01-01' + (n % 170)::int, 'old' FROM generate_series(1, 20000) AS n`);
    const old = await rows('entries');
    const migration = await migrationUnderTest(db.database, `w-${name.replaceAll(' ', '-')}`, {
      table: 'public.entries',
      change: declared,
    });
    const writers = await EntryWriters.start(db, 4);
    const alike = async (of: MigrationUnderTest, purpose: 'verify' | 'reconcile', n: number) =>
      expect((await of.walk('check', { purpose, n })).changed, `${purpose} ${n}`).toBe(0);
    try {
      await writers.more(100);
      await migration.apply('expand', 'dual-write');
      await writers.more(50);
      await migration.backfill();
      await migration.apply('backfill');
      await alike(migration, 'verify', 1);
      await migration.apply('verify', 'swap');
      await writers.more(100);
      await alike(migration, 'reconcile', 1);
      await migration.undo('swap');
      await writers.more(100);
      await alike(migration, 'verify', 2);
      await migration.apply('swap');
      await writers.more(100);
      await alike(migration, 'reconcile', 2);
    } finally {
      await writers.stop();
    }
    expect(writers.failures).toEqual([]);
    expect(await rows('entries')).toEqual([...old, ...writers.expected]);
    expect(await rows('entries_underpin_old')).toEqual([...old, ...writers.expected]);
    await migration.apply('contract');
    expect(await rows('entries')).toEqual([...old, ...writers.expected]);
  },
);
