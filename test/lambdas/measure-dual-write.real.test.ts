import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../engine/database/database.ts';
import { phaseOf } from '../../engine/plan/plan.ts';
import { isExchanged, measureDualWrite } from '../../lambdas/evidence/measure-changes.ts';
import { runUnits } from '../../lambdas/steps/units.ts';
import { databaseUnderTest, type DatabaseUnderTest } from '../engine/database-under-test.ts';
import { migrationUnderTest, toolsOver } from '../engine/migration-under-test.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest(
    'CREATE TABLE users (id int PRIMARY KEY, name text); CREATE TABLE people (id int PRIMARY KEY, name text)',
  );
});
afterAll(() => db.close());

test('triggers that are off and on again while a gate asks are found', async () => {
  const migration = await migrationUnderTest(db.database, 'asked-twice', {
    table: 'public.users',
    change: { kind: 'rename-column', from: 'name', to: 'called' },
  });
  await migration.apply('expand', 'dual-write');
  await migration.backfill();
  await migration.mismatches();
  const verified = { claim: migration.claim, since: { purpose: 'verify', n: 1 } } as const;
  expect(await measureDualWrite(migration.plan, verified, db.database)).toEqual({
    silent: null,
    changed: [],
  });

  const [trigger = ''] = migration.plan.expects.triggers;
  let asked = 0;
  const afterFirst: Database = new Proxy(db.database, {
    get: (target, name) =>
      name !== 'rows'
        ? (Reflect.get(target, name, target) as unknown)
        : async (...question: Parameters<Database['rows']>) => {
            const answered = await target.rows(...question);
            if ((asked += 1) === 1)
              await db.sql.query(
                `ALTER TABLE users DISABLE TRIGGER "${trigger}"; ALTER TABLE users ENABLE ALWAYS TRIGGER "${trigger}"`,
              );
            return answered;
          },
  });
  expect(await measureDualWrite(migration.plan, verified, afterFirst)).toEqual({
    silent: null,
    changed: [trigger],
  });
});

test('a transaction that began before the comparison, and passes the triggers behind it, is found', async () => {
  const migration = await migrationUnderTest(db.database, 'passed-by', {
    table: 'public.people',
    change: { kind: 'rename-column', from: 'name', to: 'called' },
  });
  await migration.apply('expand', 'dual-write');
  await migration.backfill();
  const owner = await db.connect();
  const triggers = migration.plan.expects.triggers;
  const all = (does: string): string =>
    triggers.map((name) => `ALTER TABLE people ${does} TRIGGER "${name}"`).join('; ');
  await owner.query('BEGIN; SELECT pg_current_xact_id()');
  await migration.mismatches();
  await owner.query(
    `${all('DISABLE')}; INSERT INTO people (id, name) VALUES (7, 'x'); ${all('ENABLE ALWAYS')}; COMMIT`,
  );
  const verified = { claim: migration.claim, since: { purpose: 'verify', n: 1 } } as const;
  const { changed } = await measureDualWrite(migration.plan, verified, db.database);
  expect(changed).toEqual(triggers.toSorted());
});

test('columns that have their names back are not taken for exchanged, while the ledger still has the swap', async () => {
  await db.sql.query('CREATE TABLE parts (id int PRIMARY KEY, n integer)');
  const migration = await migrationUnderTest(db.database, 'names-back', {
    table: 'public.parts',
    change: { kind: 'change-type', column: 'n', type: 'bigint', down: 'n::integer' },
  });
  const { plan, claim, ledger } = migration;
  const has = async () => isExchanged(plan, await ledger.applied(claim.migration), db.database);
  await migration.apply('expand', 'dual-write');
  await migration.backfill();
  await migration.apply('verify');
  expect(await has()).toBe(false);
  await migration.apply('swap');
  expect(await has()).toBe(true);
  const { undo } = phaseOf(plan, 'swap');
  if ('irreversible' in undo) throw new Error(undo.irreversible);
  await runUnits(toolsOver(db.database), claim, 'swap', 'undo', undo, 2000);
  expect(await has()).toBe(false);
});
