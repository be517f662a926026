import { AppConfigClient } from '@aws-sdk/client-appconfig';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { storedSettings } from '../../engine/plan/stored.ts';
import { ReadFlag } from '../../lambdas/runtime/read-flag.ts';
import { passLeft } from '../../lambdas/steps/catching-up.ts';
import { ShardCalls } from '../../lambdas/steps/shard-calls.ts';
import { walkNow } from '../../lambdas/steps/walk-now.ts';
import { askOf, bothSidesOf, rename, retype, untilVerified, type Ask } from './both-sides.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { noPlace, toolsOver, type MigrationUnderTest } from './migration-under-test.ts';

let db: DatabaseUnderTest;
const sql: Ask = (text, ...values) => askOf(db.sql)(text, ...values);
beforeAll(async () => {
  db = await databaseUnderTest('');
});
afterAll(() => db.close());

const notes = async (): Promise<readonly unknown[]> =>
  (await sql`SELECT detail ->> 'says' AS says FROM underpin.event WHERE what = 'noted' ORDER BY id`).map(
    ({ says }) => says,
  );

/** The new side is the truth, and reads have just gone back. */
async function goingBack(change: Readonly<Record<string, unknown>>): Promise<MigrationUnderTest> {
  const migration = await bothSidesOf(db, change);
  await untilVerified(migration);
  await migration.apply('read-switch');
  return migration;
}

type Beside = () => Promise<unknown>;

/**
 * A flag that says what the way back has deployed, or, as often as `elsewhere` says, something else until it is sent back once more.
 * Something may happen while it is looked at, or while it is sent back.
 */
class Flag extends ReadFlag {
  sentBack = 0;
  constructor(
    private elsewhere = 0,
    private readonly beside: { readonly look?: Beside; readonly send?: Beside } = {},
  ) {
    super(new AppConfigClient({ region: 'eu-central-1' }), noPlace);
  }
  override isBack = async (): Promise<boolean> => {
    await this.beside.look?.();
    return this.elsewhere === 0;
  };
  override switchBack = async (): Promise<void> => {
    this.elsewhere -= 1;
    this.sentBack += 1;
    await this.beside.send?.();
  };
}

/** One call of the function that undoes the read switch, which has its time. */
async function call(
  { plan, ledger, claim }: MigrationUnderTest,
  pass: number,
  remainingMs = (): number => 60_000,
  readFlag: ReadFlag = new Flag(),
): Promise<number | null> {
  const record = await ledger.find(plan.migration);
  if (record === undefined) throw new Error('the ledger has lost it');
  const tools = { ...toolsOver(db.database), remainingMs, readFlag };
  return passLeft(claim, pass, { plan, settings: storedSettings(record), tools });
}

async function untilCaughtUp(fenced: MigrationUnderTest, remainingMs?: () => number): Promise<number> {
  let calls = 0;
  for (let pass: number | null = 1; pass !== null; calls += 1) pass = await call(fenced, pass, remainingMs);
  return calls;
}

describe('a way back from the side that was the truth of an application that writes both', () => {
  test('waits until writers have heard that they are strict, then copies what the old side has missed', async () => {
    const fenced = await (await goingBack(rename)).fenced();
    await sql`UPDATE t SET email_address = 'late' WHERE id = 7`;
    // Not long enough to hear of a flag: it hands over, and nothing is copied.
    expect(await call(fenced, 1, () => 100)).toBe(1);
    expect(await sql`SELECT email FROM t WHERE id = 7`).toEqual([{ email: 'mail 7' }]);
    expect(await call(fenced, 1)).toBe(2);
    expect(await sql`SELECT email FROM t WHERE id = 7`).toEqual([{ email: 'late' }]);
    expect(await call(fenced, 2)).toBeNull();
  });

  test('goes on where the call before has ended, however little each of them has time for', async () => {
    const migration = await goingBack(rename);
    await sql`UPDATE t SET email_address = 'new ' || id`;
    const fenced = await migration.fenced();
    await sleep(1100);
    let asked = 0;
    // One batch of each call.
    expect(await untilCaughtUp(fenced, () => ((asked += 1) % 3 === 0 ? 0 : 60_000))).toBeGreaterThan(2);
    expect(await sql`SELECT count(*)::int AS n FROM t WHERE email <> 'new ' || id`).toEqual([{ n: 0 }]);
  });

  test('does not take a call that ended before the last row for a pass that has found nothing', async () => {
    const migration = await goingBack(rename);
    // More than a first batch has.
    await sql`INSERT INTO t (id, email, email_address) SELECT n, 'mail ' || n, 'mail ' || n FROM generate_series(401, 5000) AS n`;
    await sql`UPDATE t SET email_address = 'last' WHERE id = 5000`;
    const fenced = await migration.fenced();
    await sleep(1100);
    let asked = 0;
    await untilCaughtUp(fenced, () => ((asked += 1) % 3 === 0 ? 0 : 60_000));
    expect(await sql`SELECT email FROM t WHERE id = 5000`).toEqual([{ email: 'last' }]);
  });

  test('ends only when no version writes the new side alone any more, and then the old one has every acknowledged write', async () => {
    const fenced = await (await goingBack(rename)).fenced();
    const acknowledged = new Map<number, string>();
    const retired = new AbortController();
    const newOnly = async (first: number): Promise<void> => {
      const ask = askOf(await db.connect());
      for (let turn = 0; !retired.signal.aborted; turn += 1) {
        const key = first + (turn % 40) * 4;
        const value = `${first} ${turn}`;
        await ask`UPDATE t SET email_address = ${value} WHERE id = ${key}`;
        acknowledged.set(key, value);
      }
    };
    const writers = Promise.all([1, 2, 3, 4].map(newOnly));
    const back = untilCaughtUp(fenced);
    await expect.poll(notes).toEqual([expect.stringContaining('written on the new side alone')]);
    expect(await Promise.race([back, sleep(100)])).toBeUndefined();
    retired.abort();
    await writers;
    await back;
    await fenced.undo('read-switch');
    const found = await sql`SELECT id, email FROM t`;
    const wrong = found.filter(
      ({ id, email }) => email !== (acknowledged.get(Number(id)) ?? `mail ${String(id)}`),
    );
    expect(acknowledged.size).toBe(160);
    expect(wrong).toEqual([]);
    // A row that a version would still write on the new side alone.
    await expect(sql`INSERT INTO t (id, email_address) VALUES (5000, 'late')`).rejects.toMatchObject({
      code: '23502',
    });
  });

  test('tells writers once more where something else was deployed, and finds what one of them has lost meanwhile', async () => {
    const fenced = await (await goingBack(rename)).fenced();
    const flag = new Flag(1, { send: () => sql`UPDATE t SET email_address = 'lost' WHERE id = 8` });
    const time = (): number => 60_000;
    const before = await notes();
    // A flag is heard of within a second here.
    await sleep(1100);
    const began = performance.now();
    expect(await call(fenced, 1, time, flag)).toBe(2);
    expect(performance.now() - began).toBeGreaterThan(1000);
    expect(flag.sentBack).toBe(1);
    expect(await notes()).toEqual([...before, expect.stringMatching(/^behind pass 1 of the way back/u)]);
    // Its answer was lost, or it was killed before: all have to hear of it all the same.
    const again = performance.now();
    expect(await call(fenced, 1, time, flag)).toBe(2);
    expect(performance.now() - again).toBeGreaterThan(1000);
    expect(await call(fenced, 2, time, flag)).toBe(3);
    expect(await call(fenced, 3, time, flag)).toBeNull();
    expect([flag.sentBack, await sql`SELECT email FROM t WHERE id = 8`]).toEqual([1, [{ email: 'lost' }]]);
  });

  test('deploys nothing by a copy of its function that looks when another one has gone on, or another start has come', async () => {
    const fenced = await (await goingBack(rename)).fenced();
    await sleep(1100);
    const late = new Flag(1, { look: () => fenced.undo('read-switch') });
    expect(await call(fenced, 1, () => 60_000, late)).toBeNull();
    expect(late.sentBack).toBe(0);
    const again = await goingBack(rename);
    const under = await again.fenced();
    await sleep(1100);
    const overtaken = new Flag(1, { look: () => again.fenced() });
    await expect(call(under, 1, () => 60_000, overtaken)).rejects.toMatchObject({ name: 'Fenced' });
    expect(overtaken.sentBack).toBe(0);
  });

  test('is not disturbed by a copy of its function that runs on: its pass is done', async () => {
    const fenced = await (await goingBack(rename)).fenced();
    await sql`UPDATE t SET email_address = 'late' WHERE id = 7`;
    const walk = await walkNow(fenced.plan, 'reconcile', fenced.ledger);
    if (walk?.check === undefined) throw new Error('there is no walk back');
    await untilCaughtUp(fenced);
    await fenced.undo('read-switch');
    await sql`UPDATE t SET email = 'old again'`;
    for (const n of [1, 2]) {
      const place = { ...fenced.claim, walk: { purpose: 'reconcile', n } as const, shard: 0 };
      const statements = { work: walk.check, skip: walk.skip, cut: walk.cut };
      const copy = new ShardCalls(statements, place, 1000, db.database);
      expect((await copy.next(1000, false)).state).toBe('done');
    }
    // One that begins its call anew sees that the old side is the truth.
    expect(await call(fenced, 3)).toBeNull();
    expect(await sql`SELECT count(*)::int AS n FROM t WHERE email = 'old again'`).toEqual([{ n: 400 }]);
  });

  test('does not take a note of a row that was corrected since for one that refuses', async () => {
    const fenced = await (await goingBack(rename)).fenced();
    await sql`INSERT INTO underpin.stubborn_row (migration, key, sqlstate) VALUES (${fenced.plan.migration}, '["7"]', '22003')`;
    await sql`UPDATE t SET email_address = 'late' WHERE id = 9`;
    // As many rows have changed as there are notes.
    expect(await call(fenced, 3)).toBe(4);
    expect(await sql`SELECT key FROM underpin.stubborn_row`).toEqual([]);
  });

  test('stays with the new side where the old one cannot hold what was acknowledged, and names the rows to be corrected', async () => {
    const fenced = await (await goingBack(retype)).fenced();
    await sql`UPDATE t SET amount_v2 = 99999999999 WHERE id = 4`;
    await sql`UPDATE t SET amount_v2 = 0.05 WHERE id = 5`;
    await expect(untilCaughtUp(fenced)).rejects.toMatchObject({
      name: 'UndoFailed',
      message: expect.stringMatching(
        /^public\.t: rows whose new side the old one cannot hold: 1 \(SQLSTATE 22003: 1\); their keys: .*stubborn_row.*start both-\d+ again$/u,
      ),
    });
    expect(await sql`SELECT amount_v2::text FROM t WHERE id = 4`).toEqual([{ amount_v2: '99999999999.00' }]);
    expect((await fenced.ledger.applied(fenced.plan.migration)).begun('read-switch')).toBe(true);
    await sql`UPDATE t SET amount_v2 = 9 WHERE id = 4`;
    await untilCaughtUp(await fenced.fenced());
    expect(await sql`SELECT id, amount FROM t WHERE id IN (4, 5) ORDER BY id`).toEqual([
      { id: 4, amount: 900 },
      { id: 5, amount: 5 },
    ]);
  });
});
