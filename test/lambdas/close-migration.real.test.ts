import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { remedies } from '../../engine/dialects/postgres/remedies.ts';
import type { Claim } from '../../engine/ledger/ledger.ts';
import { theBackfill, walkParameters } from '../../engine/ledger/walk-id.ts';
import { handler } from '../../lambdas/close-migration.ts';
import { ledger as ledgerOf } from '../../lambdas/runtime/database.ts';
import { step as stepOf } from '../../lambdas/steps/step.ts';
import { databaseUnderTest, type DatabaseUnderTest } from '../engine/database-under-test.ts';
import { migrationUnderTest, toolsOver, type MigrationUnderTest } from '../engine/migration-under-test.ts';
import { step } from '../engine/step.ts';
import { undoWhole } from '../../lambdas/steps/undo-whole.ts';
import { stubHandlerEnvironment } from './handler-environment.ts';

const published = vi.hoisted((): number[] => []);
vi.mock(import('../../lambdas/runtime/metrics.ts'), async (original) => ({
  ...(await original()),
  publishOpen: (_, migrations) => void published.push(migrations),
}));

let db: DatabaseUnderTest;
let migration: MigrationUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest();
  stubHandlerEnvironment(db);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await db.close();
});
/** Ten people by their address, of whom the first refuses; four were passed when the migration ends. */
beforeEach(async () => {
  await db.sql.query(`
    DROP SCHEMA IF EXISTS underpin CASCADE;
    DROP TABLE IF EXISTS people;
    CREATE TABLE people (mail text PRIMARY KEY, code text);
    INSERT INTO people SELECT format('mallory-%s@example.com', n), nullif(n, 0)::text FROM generate_series(0, 9) AS n;
    UPDATE people SET code = 'x' WHERE code IS NULL`);
  migration = await migrationUnderTest(db.database, 'm', {
    table: 'public.people',
    change: {
      kind: 'change-type',
      column: 'code',
      to: 'n',
      type: 'integer',
      up: 'code::integer',
      down: 'n::text',
    },
  });
  await migration.apply('expand', 'dual-write');
  const [shard = 0] = await migration.cut('backfill', 1);
  const first = {
    ...walkParameters(migration.claim, theBackfill),
    epoch: migration.claim.epoch,
    shard,
    rows: 1,
  };
  await db.database.run({
    text: migration.plan.walks[0]?.skip ?? '',
    parameters: { ...first, sqlstate: '22P02', lock_timeout: '1s' },
  });
  await step(migration, 'batch', { walk: 'backfill', shard, rows: 3 });
});
const close = (claim: Claim, status: string) =>
  handler({ ...claim, status }, { getRemainingTimeInMillis: () => 900_000 });

const again = async () =>
  migration.ledger.claim({
    migration: 'm',
    seen: migration.claim.epoch,
    execution: 'again',
    declaration: '',
    plan: migration.plan,
    settings: (await migration.ledger.find('m'))?.settings,
  });

async function ledger(): Promise<string> {
  const tables = ['migration', 'applied', 'event', 'checkpoint', 'stubborn_row'];
  const dumps = tables.map((table) => `SELECT to_jsonb(t)::text AS row FROM underpin.${table} AS t`);
  const { rows } = await db.sql.query<{ row: string }>(dumps.join(' UNION ALL '));
  return rows.map(({ row }) => row).join('\n');
}

const refused = [{ key: '["mallory-0@example.com"]', sqlstate: '22P02', attempts: 1 }];

test.each([
  ['rolled-back', refused],
  ['completed', []],
])('one that ends %s keeps counts, and no key but of rows to be corrected', async (status, kept) => {
  const before = await migration.ledger.walks.backfill('m');
  await close(migration.claim, status);
  // After a lost answer it is retried.
  await close(migration.claim, status);
  expect(await migration.ledger.walks.stubbornRows('m')).toEqual(kept);
  expect(await migration.ledger.walks.backfill('m')).toMatchObject({ rows: before.rows, shardsDone: 0 });
  expect(await migration.ledger.walks.stubbornCount('m')).toBe(1);
  await db.sql.query(remedies.forgetStubborn('m'));
  expect(await ledger()).not.toContain('mallory');
});

test('one that people must look at keeps its keys, and the next start too', async () => {
  await close(migration.claim, 'failed');
  expect(await migration.ledger.walks.stubbornRows('m')).toEqual(refused);
  await again();
  expect(await migration.ledger.walks.stubbornRows('m')).toEqual(refused);
});

test('a rollback that removes the new shape leaves the keys of rows to be corrected, and no other', async () => {
  await undoWhole(toolsOver(db.database), migration.claim, {
    plan: migration.plan,
    phase: 'backfill',
    lockTimeoutMs: 1000,
  });
  await close(migration.claim, 'rolled-back');
  expect(await migration.ledger.walks.stubbornRows('m')).toEqual(refused);
  expect(await migration.ledger.walks.backfill('m')).toMatchObject({ shards: 0 });
});

test('a close of an older epoch forgets nothing', async () => {
  const { claim } = await migration.fenced();
  await expect(close(migration.claim, 'rolled-back')).rejects.toMatchObject({ name: 'Fenced' });
  expect(await ledger()).toContain('mallory-4');
  await close(claim, 'rolled-back');
  expect(await ledger()).not.toContain('mallory-4');
});

test('the next start begins the unfinished walk anew: every row is copied, and the refused one is found again', async () => {
  await close(migration.claim, 'rolled-back');
  const claim = await again();
  expect(await migration.ledger.walks.stubbornCount('m')).toBe(0);
  expect(await migration.ledger.walks.shards(migration.claim, theBackfill)).toEqual([]);
  expect(claim.epoch).toBeGreaterThan(migration.claim.epoch);
  expect(await migration.under(claim).walk('batch', 'backfill', 1)).toMatchObject({
    rows: 10,
    shardsDone: 1,
  });
  const { rows } = await db.sql.query('SELECT code FROM people WHERE code IS DISTINCT FROM n::text');
  expect(rows).toEqual([{ code: 'x' }]);
  expect(await migration.ledger.walks.stubbornCount('m')).toBe(1);
});

test('a finished walk is not walked again', async () => {
  await db.sql.query('DELETE FROM people WHERE code = $1', ['x']);
  await migration.walk('batch', 'backfill', 1);
  await close(migration.claim, 'rolled-back');
  await migration.ledger.claim({
    migration: 'm',
    seen: migration.claim.epoch,
    execution: 'again',
    declaration: '',
    plan: migration.plan,
    settings: {},
  });
  expect(await migration.ledger.walks.shards(migration.claim, theBackfill)).toEqual([
    { shard: 0, done: true, rows: 10, batchRows: 1000 },
  ]);
});

test('the end says how many migrations of the target are still under way', async () => {
  await db.sql.query('CREATE TABLE IF NOT EXISTS pets (id int PRIMARY KEY, name text)');
  const other = await migrationUnderTest(db.database, 'other', {
    table: 'public.pets',
    change: { kind: 'rename-column', from: 'name', to: 'called' },
  });
  // More than anybody lists have moved since.
  await db.sql.query(`
    INSERT INTO underpin.migration (name, declaration, plan, settings, epoch, execution, status, phase)
    SELECT 'over-' || n, '', '{}', '{}', 1, 'over', 'completed', 'done' FROM generate_series(1, 250) AS n`);
  published.length = 0;
  await close(migration.claim, 'completed');
  await close(other.claim, 'failed');
  // After a lost answer it is retried.
  await close(other.claim, 'failed');
  expect(published).toEqual([1, 0, 0]);
});

test('a step says that its migration is under way, and a late copy of one that it is over says nothing', async () => {
  const input = z.object({ migration: z.string(), epoch: z.number() });
  const handle = stepOf({ input, uses: { ledger: ledgerOf }, before: [], after: [] }, () =>
    Promise.resolve('done'),
  );
  const late = () => handle(migration.claim, { getRemainingTimeInMillis: () => 900_000 });
  published.length = 0;
  await late();
  await close(migration.claim, 'completed');
  await late();
  expect(published).toEqual([1, 0]);
});
