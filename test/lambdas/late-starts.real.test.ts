import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../engine/database/database.ts';
import { TransientDatabaseError } from '../../engine/database/errors.ts';
import { Ledger } from '../../engine/ledger/ledger.ts';
import { phaseOf } from '../../engine/plan/plan.ts';
import { undoWhole } from '../../lambdas/steps/undo-whole.ts';
import { runUnits } from '../../lambdas/steps/units.ts';
import { databaseUnderTest, type DatabaseUnderTest } from '../engine/database-under-test.ts';
import { migrationUnderTest, toolsOver, type MigrationUnderTest } from '../engine/migration-under-test.ts';

// A build beside the traffic cannot ask the epoch in its own transaction: between a worker's asking and the statement's
// arrival, the way back may begin and end.

const lockTimeoutMs = 500;

let db: DatabaseUnderTest;
let migration: MigrationUnderTest;
let starts = 0;
beforeAll(async () => {
  db = await databaseUnderTest('CREATE TABLE orders (id bigint PRIMARY KEY, status text)');
});
afterAll(() => db.close());
beforeEach(async () => {
  starts += 1;
  migration = await migrationUnderTest(db.database, `indexed-${starts}`, {
    table: 'public.orders',
    change: { kind: 'add-index', name: `orders_${starts}`, index: '(status)' },
  });
});

/** A worker whose statement is under way when `begun` resolves, and arrives once it is let go. */
function slowly(how: (arrives: () => Promise<'finished' | 'running'>) => Promise<'finished' | 'running'>) {
  let begin = (): void => {};
  let letGo = (): void => {};
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const gone = new Promise<void>((resolve) => (letGo = resolve));
  const database: Database = {
    dialect: db.database.dialect,
    rows: (statement, row) => db.database.rows(statement, row),
    run: (statement) => db.database.run(statement),
    start: async (statement) => {
      begin();
      await gone;
      return how(() => db.database.start(statement));
    },
  };
  const work = runUnits(
    { database, ledger: new Ledger(database) },
    migration.claim,
    'verify',
    'run',
    phaseOf(migration.plan, 'verify').run,
    lockTimeoutMs,
  );
  return { begun, letGo, work };
}

const undo = ({ database, claim, plan }: MigrationUnderTest): Promise<boolean> =>
  undoWhole(toolsOver(database), claim, { plan, phase: 'verify', lockTimeoutMs });

const indexes = async (): Promise<number | null> =>
  (await db.sql.query(`SELECT FROM pg_class WHERE relname = 'orders_${starts}'`)).rowCount;

const timeGoesBy = () =>
  db.sql.query(`UPDATE underpin.unanswered SET asked_at = asked_at - interval '1 hour'`);

describe('a build that a worker was about to send when the way back began', () => {
  test('is awaited, and what it made is undone', async () => {
    const worker = slowly((arrives) => arrives());
    await worker.begun;
    const after = await migration.fenced();
    expect(await undo(after)).toBe(false);
    worker.letGo();
    await expect(worker.work).rejects.toMatchObject({ name: 'Fenced' });
    expect(await indexes()).toBe(1);
    expect(await undo(after)).toBe(true);
    expect(await indexes()).toBe(0);
  });

  test('is awaited for as long as a request lives, where its answer never comes', async () => {
    const worker = slowly(() => Promise.reject(new TransientDatabaseError('no answer')));
    await worker.begun;
    const after = await migration.fenced();
    worker.letGo();
    await expect(worker.work).rejects.toMatchObject({ name: 'TransientDatabaseError' });
    expect(await undo(after)).toBe(false);
    await timeGoesBy();
    expect(await undo(after)).toBe(true);
  });

  test('is not awaited where the database refused it', async () => {
    const worker = slowly(() => Promise.reject(new TransientDatabaseError('SQLSTATE 57014', '57014')));
    await worker.begun;
    const after = await migration.fenced();
    worker.letGo();
    await expect(worker.work).rejects.toMatchObject({ name: 'TransientDatabaseError' });
    expect(await undo(after)).toBe(true);
  });

  test('keeps the next start from sending its own until it cannot come any more', async () => {
    const worker = slowly(() => Promise.reject(new TransientDatabaseError('no answer')));
    await worker.begun;
    const { claim, ledger } = await migration.fenced();
    worker.letGo();
    await expect(worker.work).rejects.toMatchObject({ name: 'TransientDatabaseError' });
    const place = { ...claim, phase: 'verify', direction: 'run', unit: 1 } as const;
    expect(await ledger.mayStart(place)).toBeNull();
    await timeGoesBy();
    expect(await ledger.mayStart(place)).toBeGreaterThan(0);
  });
});

test('a worker of an older epoch asks in vain whether it may send a build', async () => {
  await migration.fenced();
  const { claim, plan, database } = migration;
  const work = runUnits(
    toolsOver(database),
    claim,
    'verify',
    'run',
    phaseOf(plan, 'verify').run,
    lockTimeoutMs,
  );
  await expect(work).rejects.toMatchObject({ name: 'Fenced' });
  expect(await indexes()).toBe(0);
});
