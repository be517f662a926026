import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { theBackfill } from '../../../engine/ledger/walk-id.ts';
import { storedSettings } from '../../../engine/plan/stored.ts';
import { walkShard } from '../../../lambdas/steps/walk-shard.ts';
import { databaseUnderTest, type DatabaseUnderTest } from '../../engine/database-under-test.ts';
import { migrationUnderTest, toolsOver } from '../../engine/migration-under-test.ts';

const published = vi.hoisted((): { RowsWalked?: number; SlowStatements?: number }[] => []);
vi.mock('../../../lambdas/runtime/metrics.ts', () => ({
  publish: (_: string, measured: { RowsWalked?: number }) => published.push(measured),
}));

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest(`
    CREATE TABLE public.users (id int PRIMARY KEY, email text);
    INSERT INTO public.users SELECT n, 'user' || n FROM generate_series(1, 1234) AS n`);
});
afterAll(() => db.close());

test('every row is counted once in RowsWalked, however many invocations share its shard', async () => {
  const migration = await migrationUnderTest(db.database, 'counted', {
    table: 'public.users',
    backfill: { maxBatchRows: 500 },
    change: { kind: 'rename-column', from: 'email', to: 'address' },
  });
  await migration.apply('expand', 'dual-write');
  const shards = await migration.cut('backfill', 2);
  const record = await migration.ledger.find('counted');
  const { batch: work, skip = '', cut = '' } = migration.plan.walks[0] ?? {};
  if (!record || work === undefined) throw new Error('nothing to walk');
  for (const shard of shards)
    for (let invocations = 1, done = false; !done; invocations += 1) {
      if (invocations > 100) throw new Error('it never ends');
      const tools = { ...toolsOver(db.database), remainingMs: oneStatement() };
      const place = { ...migration.claim, walk: theBackfill, shard };
      ({ done } = await walkShard({ work, skip, cut }, place, storedSettings(record), tools));
    }
  expect(published.length).toBeGreaterThan(2);
  expect(published.map(({ SlowStatements }) => SlowStatements)).toContain(0);
  expect(published.reduce((sum, { RowsWalked = 0 }) => sum + RowsWalked, 0)).toBe(1234);
});

/** Time for one statement, and then none. */
function oneStatement(): () => number {
  let asked = 0;
  return () => ((asked += 1) === 1 ? 60_000 : 0);
}
