import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { Ledger } from '../../engine/ledger/ledger.ts';
import { storedPlan } from '../../engine/plan/stored.ts';
import { handler } from '../../lambdas/plan-migration.ts';
import { databaseUnderTest, type DatabaseUnderTest } from '../engine/database-under-test.ts';
import { migrationUnderTest, underClaim } from '../engine/migration-under-test.ts';
import { stubHandlerEnvironment } from './handler-environment.ts';
import { awaitedLocks } from '../awaited-locks.ts';

const folder = mkdtempSync(join(tmpdir(), 'underpin-migrations-'));
const names = ['a', 'b', 'c', 'd', 'e', 'f'];
const rounds = 10;

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest();
  stubHandlerEnvironment(db, { UNDERPIN_MIGRATIONS: folder, UNDERPIN_CHECKLIST: 'shown' });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
  await db.close();
});
beforeEach(async () => {
  const tables = ['shared', ...names].map(
    (table) => `DROP TABLE IF EXISTS ${table}; CREATE TABLE ${table} (id int PRIMARY KEY, mail text UNIQUE);`,
  );
  await db.sql.query(tables.join('\n'));
});

/** No ledger, as before the first migration of all. */
const fresh = () => db.sql.query('DROP SCHEMA IF EXISTS underpin CASCADE');
const declared = (table: string) => ({
  table: `public.${table}`,
  change: { kind: 'rename-column', from: 'mail', to: 'email' },
});
const declare = (name: string, table: string): void =>
  writeFileSync(join(folder, `${name}.yaml`), JSON.stringify({ goal: 'A test', ...declared(table) }));
const plan = (migration: string, execution = migration) =>
  handler({ migration, execution }, { getRemainingTimeInMillis: () => 900_000 });
const holders = async (): Promise<unknown> =>
  (await db.sql.query('SELECT table_name, migration FROM underpin.table_claim ORDER BY 1')).rows;

test('first migrations of different tables are all planned, however many start at once', async () => {
  for (const name of names) declare(name, name);
  for (let round = 0; round < rounds; round += 1) {
    await fresh();
    const planned = await Promise.all(names.map((name) => plan(name)));
    expect(planned).toMatchObject(names.map(() => ({ heldBy: null })));
  }
  expect(await holders()).toEqual(names.map((name) => ({ table_name: name, migration: name })));
  const { rows } = await db.sql.query(`SELECT relname FROM pg_class WHERE relname ~ '^(probe|likeness)_'`);
  expect(rows).toEqual([]);
});

test('of migrations of one table one is planned, and the others hear which', async () => {
  for (const name of names) declare(name, 'shared');
  for (let round = 0; round < rounds; round += 1) {
    await fresh();
    const outcomes = await Promise.allSettled(names.map((name) => plan(name)));
    const planned = names.filter((_, at) => outcomes[at]?.status === 'fulfilled');
    expect(planned).toHaveLength(1);
    expect(await holders()).toEqual([{ table_name: 'shared', migration: planned[0] }]);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected')
        expect(outcome.reason).toMatchObject({
          name: 'PreflightFailed',
          message:
            `public.shared belongs to the migration ${planned[0]} (running, in plan), and of two migrations on one table ` +
            `each would miss writes of the other. Nothing was changed. Let it end, or abort it (\`underpin abort ${planned[0]}\`); ` +
            'if its execution was stopped, start it again first.',
        });
  }
});

test('of executions of one migration one is planned, and the others change nothing', async () => {
  declare('a', 'a');
  for (let round = 0; round < rounds; round += 1) {
    await fresh();
    const outcomes = await Promise.allSettled(names.map((execution) => plan('a', execution)));
    const planned = outcomes.flatMap((outcome) =>
      outcome.status === 'fulfilled' && outcome.value.heldBy === null ? [outcome.value] : [],
    );
    expect(planned).toHaveLength(1);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ name: 'Fenced' });
  }
});

test('copies of one start, which was sent twice, both give what the faster one has claimed', async () => {
  declare('a', 'a');
  for (let round = 0; round < rounds; round += 1) {
    await fresh();
    const [one, other] = await Promise.all([plan('a', 'x'), plan('a', 'x')]);
    expect(one).toMatchObject({ heldBy: null });
    expect(other).toEqual(one);
  }
});

test('a copy that comes when the first has answered, or when its machine has gone on, gives the same and moves nothing', async () => {
  declare('a', 'a');
  await fresh();
  const first = await plan('a', 'x');
  expect(await plan('a', 'x')).toEqual(first);
  // What was lost may have been the first answer: one that is planned anew is another.
  await db.sql.query('CREATE INDEX ON a (mail)');
  const anew = await plan('a', 'x');
  if (!('epoch' in anew)) expect.unreachable('it is held');
  expect(anew).not.toMatchObject({ epoch: 'epoch' in first && first.epoch });
  await new Ledger(db.database).enterPhase({ migration: 'a', epoch: anew.epoch }, 'expand');
  await db.sql.query('CREATE INDEX ON a (mail, id)');
  expect(await plan('a', 'x')).toEqual(anew);
});

/** A migration of an execution that was stopped when its reads were being switched. */
async function stopped() {
  declare('a', 'a');
  await fresh();
  await db.sql.query('DROP TABLE a; CREATE TABLE a (id int PRIMARY KEY, mail text UNIQUE)');
  const first = await plan('a', 'stopped');
  if (!('epoch' in first)) expect.unreachable('it is held');
  const record = await new Ledger(db.database).find('a');
  if (record === undefined) expect.unreachable('nothing is claimed');
  const migration = underClaim(db.database, storedPlan(record), 1000, { migration: 'a', epoch: first.epoch });
  await migration.apply('expand', 'dual-write', 'read-switch');
  return migration;
}
const takeOver = () =>
  handler({ migration: 'a', execution: 'x', takeOver: true }, { getRemainingTimeInMillis: () => 900_000 });

describe('where something stands of an earlier start', () => {
  test('a copy that comes when the first has answered gives the same, and one of a machine that has gone on, too', async () => {
    const migration = await stopped();
    const { ledger } = migration;
    const first = await takeOver();
    expect((await ledger.applied('a')).phases()).toEqual(['expand', 'dual-write']);
    expect(await takeOver()).toEqual(first);
    if (!('epoch' in first)) expect.unreachable('it is held');
    await migration.under({ migration: 'a', epoch: first.epoch }).apply('read-switch');
    expect(await takeOver()).toEqual(first);
    expect((await ledger.applied('a')).phases()).toEqual(['expand', 'dual-write', 'read-switch']);
  });

  test('of copies at once one puts back, and none under the claim of another', async () => {
    for (let round = 0; round < 3; round += 1) {
      const { ledger } = await stopped();
      const copies = await Promise.allSettled([takeOver(), takeOver(), takeOver()]);
      const answers = copies.flatMap((copy) => (copy.status === 'fulfilled' ? [copy.value] : []));
      expect(answers.length).toBeGreaterThan(0);
      for (const copy of copies)
        if (copy.status === 'rejected')
          expect(['TransientDatabaseError', 'Fenced', 'LockNotAcquired']).toContain(copy.reason.name);
      // Whoever retries has the claim that stands.
      const epoch = (await ledger.find('a'))?.epoch;
      expect(await takeOver()).toMatchObject({ heldBy: null, epoch });
      expect((await ledger.applied('a')).phases()).toEqual(['expand', 'dual-write']);
    }
  });

  test('a copy that was frozen before its claim moves nothing under the machine that has gone on', async () => {
    const { ledger, plan: its } = await stopped();
    const first = await takeOver();
    if (!('epoch' in first)) expect.unreachable('it is held');
    await ledger.enterPhase({ migration: 'a', epoch: first.epoch }, 'read-switch');
    const late = {
      migration: 'a',
      seen: first.epoch,
      execution: 'x',
      declaration: '',
      plan: its,
      settings: {},
    };
    expect(await ledger.claimAnew(late)).toBeNull();
    expect((await ledger.find('a'))?.epoch).toBe(first.epoch);
  });

  test('nobody claims what was contracted since it was looked at', async () => {
    const { ledger, plan: its, claim } = await stopped();
    const contracting = await db.connect();
    await contracting.query('BEGIN');
    await contracting.query(`SELECT underpin.enter('a', ${claim.epoch}, 'contract', 'run', 0)`);
    const late = {
      migration: 'a',
      seen: claim.epoch,
      execution: 'x',
      declaration: '',
      plan: its,
      settings: {},
    };
    const claimed = ledger.claimAnew(late);
    const waits = awaitedLocks("locktype IN ('tuple', 'transactionid')");
    while ((await db.sql.query(waits)).rowCount === 0) await sleep(20);
    await contracting.query('COMMIT');
    await expect(claimed).rejects.toMatchObject({
      name: 'PreflightFailed',
      message: 'a was completed already; a new change needs a new migration file',
    });
    expect(await ledger.find('a')).toMatchObject({ epoch: claim.epoch, execution: 'stopped' });
  });
});

test('a table is free when its migration completed, or went back and left nothing', async () => {
  await fresh();
  declare('b', 'shared');
  const first = await migrationUnderTest(db.database, 'a', declared('shared'));
  await first.apply('expand', 'dual-write');
  const back = await first.fenced();
  await back.ledger.close(back.claim, 'rolled-back');
  await expect(plan('b')).rejects.toThrow(
    'belongs to the migration a (rolled-back, its new shape still stands)',
  );
  await back.undo('dual-write', 'expand');
  await back.ledger.close(back.claim, 'rolled-back');
  await expect(plan('b')).resolves.toMatchObject({ heldBy: null });
  const ledger = new Ledger(db.database);
  await ledger.close({ migration: 'b', epoch: (await ledger.find('b'))?.epoch ?? 0 }, 'completed');
  expect(await holders()).toEqual([]);
});

test('a failed one keeps its table while something of it stands', async () => {
  await fresh();
  declare('b', 'shared');
  const first = await migrationUnderTest(db.database, 'a', declared('shared'));
  await first.apply('expand');
  await first.ledger.close(first.claim, 'failed');
  await expect(plan('b')).rejects.toThrow('Start a again and let it complete, or let it go back');
});

test('one whose table was given to another while it waited changes nothing', async () => {
  await fresh();
  const waiting = await migrationUnderTest(db.database, 'a', declared('shared'));
  await db.sql.query(`DELETE FROM underpin.table_claim`);
  await migrationUnderTest(db.database, 'b', declared('shared'));
  await expect(waiting.apply('expand')).rejects.toMatchObject({ name: 'Fenced' });
  expect((await waiting.ledger.applied('a')).nothing()).toBe(true);
});
