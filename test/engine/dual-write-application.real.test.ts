import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { Key } from '../../client/index.ts';
import { ShadowWrites } from '../../client/shadow-writes.ts';
import { writeBoth } from '../../client/dual-write.ts';
import type { WriteMode } from '../../client/write-mode.ts';
import { one } from '../../engine/database/database.ts';
import { phaseOf } from '../../engine/plan/plan.ts';
import { walkFor } from '../../engine/plan/walk.ts';
import { runUnits } from '../../lambdas/steps/units.ts';
import { askOf, bothSidesOf, rename, retype, untilVerified, type Ask } from './both-sides.ts';
import { catalogSnapshot } from './catalog-snapshot.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest, toolsOver, type MigrationUnderTest } from './migration-under-test.ts';
import { awaitedLocks } from '../awaited-locks.ts';

let db: DatabaseUnderTest;
const sql: Ask = (text, ...values) => askOf(db.sql)(text, ...values);
beforeAll(async () => {
  db = await databaseUnderTest('');
});
afterAll(() => db.close());

let migration: MigrationUnderTest;
const start = async (change: Readonly<Record<string, unknown>>): Promise<void> => {
  migration = await bothSidesOf(db, change);
};

let looks = 0;
/** How many rows one reconciliation has repaired. */
const reconcile = async (): Promise<number> =>
  (await migration.walk('check', { purpose: 'reconcile', n: (looks += 1) })).changed;

describe('an application that writes both sides itself', () => {
  beforeEach(() => start(rename));

  test('gets no trigger and no function, in any phase', async () => {
    await untilVerified(migration);
    for (const phase of [
      'expand',
      'dual-write',
      'verify',
      'read-switch',
      'quarantine',
      'contract',
    ] as const) {
      await migration.apply(phase);
      expect(
        await sql`SELECT tgname FROM pg_trigger WHERE tgrelid = 't'::regclass AND NOT tgisinternal`,
      ).toEqual([]);
      expect(
        await sql`SELECT proname FROM pg_proc WHERE pronamespace = 'underpin'::regnamespace AND proname LIKE ${`${migration.plan.migration}%`}`,
      ).toEqual([]);
    }
    const [left] = await sql`SELECT * FROM t WHERE id = 1`;
    expect(Object.keys(left ?? {})).toEqual(['id', 'amount', 'email_address']);
  });

  test('what it lost of the new side is found once, repaired, and counted, while the old one is the truth', async () => {
    await untilVerified(migration);
    expect(await reconcile()).toBe(0);
    await sql`UPDATE t SET email = 'b', email_address = 'b' WHERE id <= 10`;
    await sql`UPDATE t SET email = 'c' WHERE id IN (3, 4, 300)`;
    expect(await reconcile()).toBe(3);
    expect(await reconcile()).toBe(0);
    expect(await sql`SELECT count(*)::int AS n FROM t WHERE email_address = 'c'`).toEqual([{ n: 3 }]);
  });

  test('what it lost of the old side is repaired once the new one is the truth, NULL and rows without an old side too', async () => {
    await untilVerified(migration);
    await migration.apply('read-switch');
    await sql`UPDATE t SET email_address = 'n' WHERE id IN (5, 6)`;
    await sql`INSERT INTO t (id, email_address) VALUES (1001, 'born new')`;
    expect(await reconcile()).toBe(3);
    expect(await sql`SELECT id, email FROM t WHERE id IN (5, 6, 1001) ORDER BY id`).toEqual([
      { id: 5, email: 'n' },
      { id: 6, email: 'n' },
      { id: 1001, email: 'born new' },
    ]);
  });

  test.each(['expand', 'dual-write', 'verify', 'read-switch', 'quarantine'] as const)(
    'however little of %s was done when it was stopped, it is undone',
    async (stopped) => {
      await sql`ALTER TABLE t ALTER email SET DEFAULT 'nobody'`;
      await sql`CREATE INDEX by_email ON t (email)`;
      const another = { table: 't', change: rename, reads: { bake: '1s' } };
      migration = await migrationUnderTest(db.database, `stopped-${stopped}`, another);
      const all = ['expand', 'dual-write', 'verify', 'read-switch', 'quarantine'] as const;
      for (const phase of all.slice(0, all.indexOf(stopped))) {
        await migration.apply(phase);
        if (phase === 'dual-write') await migration.backfill();
      }
      const { run } = phaseOf(migration.plan, stopped);
      const before = await catalogSnapshot(db.sql);
      for (let units = 1; units <= run.length; units += 1) {
        const tools = toolsOver(db.database);
        const some = run.slice(0, units);
        while (!(await runUnits(tools, migration.claim, stopped, 'run', some, 1000))) await sleep(20);
        await migration.undo(stopped);
        expect(await catalogSnapshot(db.sql)).toEqual(before);
      }
      expect((await migration.ledger.applied(migration.plan.migration)).phases()).not.toContain(stopped);
    },
  );

  test('removing the new side makes the old one as strict as it was', async () => {
    await untilVerified(migration);
    await migration.apply('read-switch', 'quarantine');
    await migration.undo('quarantine', 'read-switch', 'verify', 'dual-write', 'expand');
    expect(
      await sql`SELECT attname::text, attnotnull FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    ).toEqual([
      { attname: 'id', attnotnull: true },
      { attname: 'email', attnotnull: true },
      { attname: 'amount', attnotnull: true },
    ]);
    expect(
      await sql`SELECT conname FROM pg_constraint WHERE conrelid = 't'::regclass AND contype = 'c'`,
    ).toEqual([]);
  });
});

interface Told {
  readonly key: number;
  readonly value: string;
}

/** Writers of their own keys, who lose one second write in ten, while the rows are reconciled over and over. */
async function writeBeside(
  mode: () => WriteMode,
  ways: (told: Told, ask: Ask) => Record<'old' | 'new', () => unknown>,
) {
  const acknowledged = new Map<number, string>();
  const shadows = new ShadowWrites();
  const stop = new AbortController();
  let seed = 7;
  const chance = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  const writer = async (first: number): Promise<void> => {
    const ask = askOf(await db.connect());
    for (let turn = 0; turn < 150; turn += 1) {
      const told = { key: first + (turn % 5) * 4, value: String(turn * 100 + first) };
      const paths = ways(told, ask);
      let written = 0;
      const lossy = (path: () => unknown) => async (): Promise<unknown> => {
        written += 1;
        if (written > 1 && chance() < 0.1) throw new Error('lost');
        return path();
      };
      try {
        await writeBoth(
          told.key satisfies Key,
          { old: lossy(paths.old), new: lossy(paths.new) },
          {
            flag: 'f',
            mode,
            otherWithinMs: 10_000,
            onEvent: () => {},
            partial: () => {},
            shadows,
          },
        );
        acknowledged.set(told.key, told.value);
      } catch {
        // A strict write was refused: nobody was promised it, and it is sent again.
        await Promise.resolve(paths[mode().truth]());
        await Promise.resolve(paths[mode().truth === 'old' ? 'new' : 'old']());
        acknowledged.set(told.key, told.value);
      }
    }
  };
  const walking = (async () => {
    while (!stop.signal.aborted) await reconcile();
  })();
  await Promise.all([1, 2, 3, 4].map(writer));
  stop.abort();
  await walking;
  await shadows.settled();
  return acknowledged;
}

describe.each(['shadow', 'counted', 'strict'] as const)('with %s writes', (writes) => {
  test.each(['old', 'new'] as const)(
    'reconciliation beside the writers takes nothing back, and every acknowledged write is on both sides after the next, the %s one being the truth',
    async (truth) => {
      if (writes === 'shadow' && truth === 'new') return;
      await start(rename);
      await untilVerified(migration);
      if (truth === 'new') await migration.apply('read-switch');
      const acknowledged = await writeBeside(
        () => ({ truth, writes }),
        ({ key, value }, ask) => ({
          old: () => ask`UPDATE t SET email = ${value} WHERE id = ${key}`,
          new: () => ask`UPDATE t SET email_address = ${value} WHERE id = ${key}`,
        }),
      );
      await reconcile();
      const found = await sql`SELECT id, email, email_address FROM t`;
      expect(acknowledged.size).toBe(20);
      const wrong = found.filter(({ id, email, email_address }) => {
        const value = acknowledged.get(Number(id)) ?? `mail ${String(id)}`;
        return email !== value || email_address !== value;
      });
      expect(wrong).toEqual([]);
    },
  );
});

describe('where a value is converted', () => {
  beforeEach(() => start(retype));

  test('each side is computed from the one that is the truth', async () => {
    await untilVerified(migration);
    await sql`UPDATE t SET amount = 12345 WHERE id = 1`;
    expect(await reconcile()).toBe(1);
    expect(await sql`SELECT amount_v2::text FROM t WHERE id = 1`).toEqual([{ amount_v2: '123.45' }]);
    await migration.apply('read-switch');
    await sql`UPDATE t SET amount_v2 = 0.07 WHERE id = 2`;
    await sql`UPDATE t SET amount = NULL WHERE id = 3`;
    expect(await reconcile()).toBe(2);
    expect(await sql`SELECT id, amount FROM t WHERE id IN (2, 3) ORDER BY id`).toEqual([
      { id: 2, amount: 7 },
      { id: 3, amount: 3 },
    ]);
  });

  test('a value that the old side cannot hold is noted by key, and the others go on', async () => {
    await untilVerified(migration);
    await migration.apply('read-switch');
    await sql`UPDATE t SET amount_v2 = 99999999999 WHERE id = 4`;
    await sql`UPDATE t SET amount_v2 = 0.05 WHERE id = 5`;
    await reconcile();
    expect(await sql`SELECT id, amount FROM t WHERE id IN (4, 5) ORDER BY id`).toEqual([
      { id: 4, amount: 4 },
      { id: 5, amount: 5 },
    ]);
    expect(await migration.ledger.walks.stubbornCount(migration.plan.migration)).toBe(1);
  });
});

test.each(['old', 'new'] as const)(
  'a late copy of a sweep from the %s side, which is no longer the truth, changes nothing',
  async (truth) => {
    await start(rename);
    await untilVerified(migration);
    if (truth === 'new') await migration.apply('read-switch');
    // What the copy has read before its answer was lost.
    const { sweep = '' } = walkFor(migration.plan, 'reconcile', truth) ?? {};
    const late = () =>
      one(
        db.database,
        { text: sweep, parameters: { ...migration.claim, key: '["7"]', lock_timeout: '1s' } },
        z.object({ held: z.number(), changed: z.number() }),
      );
    const written = () => sql`SELECT email, email_address FROM t WHERE id = 7`;
    await sql`UPDATE t SET email = 'a', email_address = 'b' WHERE id = 7`;
    expect(await late()).toEqual({ held: 1, changed: 1 });
    const to = phaseOf(migration.plan, 'read-switch');
    const back = 'irreversible' in to.undo ? [] : to.undo;
    const [direction, units] = truth === 'old' ? (['run', to.run] as const) : (['undo', back] as const);
    const tools = toolsOver(db.database);
    await runUnits(tools, migration.claim, 'read-switch', direction, units.slice(0, 1), 1000);
    await sql`UPDATE t SET email = 'a', email_address = 'b' WHERE id = 7`;
    expect(await late()).toEqual({ held: 0, changed: 0 });
    // Nor once the undo is noted no more.
    if (truth === 'new') await migration.ledger.forget(migration.claim, 'read-switch');
    if (truth === 'new') expect(await late()).toEqual({ held: 0, changed: 0 });
    expect(await written()).toEqual([{ email: 'a', email_address: 'b' }]);
  },
);

test.each(['old', 'new'] as const)(
  'a sweep from the %s side that has waited for whoever moves the truth changes nothing',
  async (truth) => {
    await start(rename);
    await untilVerified(migration);
    if (truth === 'new') await migration.apply('read-switch');
    const { sweep = '' } = walkFor(migration.plan, 'reconcile', truth) ?? {};
    await sql`UPDATE t SET email = 'a', email_address = 'b' WHERE id = 7`;
    const mover = await db.connect();
    const { migration: name, epoch } = migration.claim;
    const direction = truth === 'old' ? 'run' : 'undo';
    await mover.query('BEGIN');
    await mover.query(`SELECT underpin.enter($1, $2, 'read-switch', $3, 0)`, [name, epoch, direction]);
    const swept = one(
      db.database,
      { text: sweep, parameters: { ...migration.claim, key: '["7"]', lock_timeout: '10s' } },
      z.object({ held: z.number(), changed: z.number() }),
    );
    const waiting = async () => (await db.sql.query(awaitedLocks("locktype = 'transactionid'"))).rows;
    while ((await waiting()).length === 0) await sleep(10);
    await mover.query('COMMIT');
    expect(await swept).toEqual({ held: 0, changed: 0 });
    expect(await sql`SELECT email, email_address FROM t WHERE id = 7`).toEqual([
      { email: 'a', email_address: 'b' },
    ]);
  },
);

describe('is refused before anything is touched', () => {
  test.each([
    [{ ...rename, from: 'id', to: 'number' }, /t\.id belongs to the key by which rows are found/u],
    [{ ...rename, by: 'alias' }, /there is one column under two names: nobody writes two/u],
    [
      { ...retype, to: undefined, up: undefined, down: undefined },
      /keeps its name the application writes one column/u,
    ],
    [rename, /t has no primary key/u, 'ALTER TABLE t DROP CONSTRAINT t_pkey'],
    [
      rename,
      /t\.email is what foreign keys refer to/u,
      'ALTER TABLE t ADD UNIQUE (email); CREATE TABLE referring (email text REFERENCES t (email))',
    ],
  ])('%o: %s', async (change, why, also = '') => {
    await start(rename);
    await db.sql.query(also);
    const declared = { table: 't', change, reads: { bake: '1s' } };
    await expect(migrationUnderTest(db.database, 'refused', declared)).rejects.toThrow(why);
    await sql`DROP TABLE IF EXISTS referring`;
  });
});
