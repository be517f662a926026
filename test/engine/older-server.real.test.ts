import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { boundKind } from '../../engine/changes/bound-kind.ts';
import { compile } from '../../engine/compile.ts';
import { installLedger } from '../../engine/ledger/install.ts';
import { preflight } from '../../engine/preflight.ts';
import { refuse } from '../../engine/spec/refused-spec.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { planningOn, specOf } from './migration-under-test.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest(`
    CREATE TABLE readings (id bigint PRIMARY KEY, level integer, note text) PARTITION BY RANGE (id);
    CREATE TABLE readings_old PARTITION OF readings FOR VALUES FROM (MINVALUE) TO (100);
    CREATE TABLE days (id bigint, at date NOT NULL, level integer, PRIMARY KEY (id, at))`);
  await installLedger(db.database);
});
afterAll(() => db.close());

/** What the plan is, or why there is none, on a server that says it is of that version. */
async function planned(
  version: number,
  table: string,
  change: Readonly<Record<string, unknown>>,
): Promise<string> {
  const planning = await planningOn(db.database);
  const spec = specOf('older', { table: `public.${table}`, change });
  const asked = await preflight(spec, planning);
  const { catalog } = asked;
  const subject = { ...asked, catalog: { ...catalog, table: { ...catalog.table, version } } };
  try {
    refuse(spec, boundKind(spec.change).refusals(subject));
    await compile(spec, subject, planning);
    return 'planned';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe('before PostgreSQL 15, where only a superuser may have triggers of partitions fire on every write', () => {
  const retyped = { kind: 'change-type', column: 'level', type: 'bigint', down: 'level::integer' };
  const filled = { kind: 'add-column', column: 'twice', type: 'bigint' };
  const partitioned = {
    kind: 'partition-table',
    by: 'range',
    column: 'at',
    every: 'year',
    from: '2026-01-01',
  };
  test.each([
    ['readings', { kind: 'rename-column', from: 'level', to: 'height' }],
    ['readings', retyped],
    ['readings', { ...retyped, to: 'height', up: 'level::bigint', down: 'height::integer' }],
    ['readings', { ...filled, backfill: 'level * 2' }],
    ['readings', { ...filled, type: 'uuid', default: 'gen_random_uuid()' }],
    ['days', { ...partitioned, to: '2028-01-01' }],
  ])('%s: %o is refused, with the version that it takes', async (table, change) => {
    const refused = await planned(140_012, table, change);
    expect(refused).toMatch(
      /public\.\w+ (?:is|becomes) partitioned, and before PostgreSQL 15 only a superuser/u,
    );
    expect(refused).toContain('Upgrade to PostgreSQL 15 or newer first.');
    expect(await planned(150_000, table, change)).toBe('planned');
  });

  test.each([
    ['readings', { ...filled, default: '7' }],
    ['days', { kind: 'rename-column', from: 'level', to: 'height' }],
  ])('%s: %o needs no such trigger', async (table, change) => {
    expect(await planned(140_012, table, change)).toBe('planned');
  });
});
