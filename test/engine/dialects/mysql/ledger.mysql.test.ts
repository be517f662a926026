import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Fenced, OrderRefused, PreflightFailed } from '../../../../engine/database/errors.ts';
import { installLedger } from '../../../../engine/ledger/install.ts';
import type { RecordedDecision } from '../../../../engine/ledger/journal.ts';
import { Ledger } from '../../../../engine/ledger/ledger.ts';
import type { Plan } from '../../../../engine/plan/plan.ts';
import { freshName } from './fresh-name.ts';
import { planOfNothing } from './plan-of-nothing.ts';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';

describe.skipIf(!hasMysql())("MySQL's ledger", () => {
  let db: MysqlUnderTest;
  let ledger: Ledger;
  beforeAll(async () => {
    db = await mysqlUnderTest();
    // At once: on a server that has none, starts of several migrations install it together.
    await Promise.all([1, 2, 3].map(() => installLedger(db.database)));
    ledger = new Ledger(db.database);
  });
  afterAll(() => db.close());

  const planOf = (migration: string, table: string): Plan => ({
    ...planOfNothing(migration, { schema: db.schema, name: table }),
    estimatedRows: 7,
  });
  const claim = (migration: string, table: string, seen = 0, execution = 'arn:e') =>
    ledger.claim({
      migration,
      seen,
      execution,
      declaration: `of \\ 'it'`,
      plan: planOf(migration, table),
      settings: { goal: 'A "goal" \\ in UTF-8: ä😀' },
    });

  test('a migration is found as it was claimed', async () => {
    const migration = freshName();
    expect(await ledger.find(migration)).toBeUndefined();
    const { epoch } = await claim(migration, 'a');
    expect(await ledger.find(migration)).toEqual({
      declaration: `of \\ 'it'`,
      plan: planOf(migration, 'a'),
      settings: { goal: 'A "goal" \\ in UTF-8: ä😀' },
      epoch,
      execution: 'arn:e',
      status: 'running',
      phase: 'plan',
      standing: null,
    });
    expect((await ledger.migrations()).find(({ name }) => name === migration)).toMatchObject({
      goal: 'A "goal" \\ in UTF-8: ä😀',
      estimatedRows: 7,
      backfilledRows: 0,
      updatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as unknown,
    });
  });

  test('a plan longer than a row of the Data API is found as it was claimed', async () => {
    const migration = freshName();
    const plan = { ...planOf(migration, 'long'), warnings: ['\\"ä😀\n'.repeat(20_000)] };
    await ledger.claim({ migration, seen: 0, execution: 'arn:e', declaration: '', plan, settings: {} });
    expect((await ledger.find(migration))?.plan).toEqual(plan);
  });

  test('of two starts that have seen the same epoch one gets it; an epoch that was not seen gets nothing', async () => {
    const migration = freshName();
    const { epoch } = await claim(migration, 'b');
    const both = await Promise.allSettled([
      claim(migration, 'b', epoch, 'arn:x'),
      claim(migration, 'b', epoch, 'arn:y'),
    ]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(both.find((each) => each.status === 'rejected')).toMatchObject({
      reason: expect.any(Fenced) as unknown,
    });
    expect((await ledger.find(migration))?.epoch).toBeGreaterThan(epoch);
  });

  test('a copy of a start that was faster has claimed for both', async () => {
    const migration = freshName();
    const { epoch } = await claim(migration, 'copied');
    const both = await Promise.all([
      claim(migration, 'copied', epoch, 'arn:x'),
      claim(migration, 'copied', epoch, 'arn:x'),
    ]);
    expect(both[0]).toEqual(both[1]);
  });

  test('a late copy claims nothing of the machine that has gone on, and nobody what was contracted', async () => {
    const migration = freshName();
    const { epoch } = await claim(migration, 'late');
    await ledger.enterPhase({ migration, epoch }, 'expand');
    expect(await claim(migration, 'late', epoch)).toEqual({ migration, epoch });
    await db.sql.query(
      `INSERT INTO underpin.applied (migration, phase, direction, unit) VALUES ('${migration}', 'contract', 'run', 0)`,
    );
    await expect(claim(migration, 'late', epoch, 'arn:next')).rejects.toThrow('was completed already');
    expect((await ledger.find(migration))?.epoch).toBe(epoch);
  });

  test('a table belongs to one migration until that one ends', async () => {
    const [holder, other] = [freshName(), freshName()];
    const held = await claim(holder, 'c');
    await expect(claim(other, 'c')).rejects.toThrow(PreflightFailed);
    await ledger.close(held, 'rolled-back');
    await expect(claim(other, 'c')).resolves.toMatchObject({ migration: other });
  });

  test('first starts at once do not wait for each other, and of those that want one table one gets it', async () => {
    const apart = Array.from({ length: 60 }, (_, at) => claim(freshName(), `apart_${at}`));
    const together = Array.from({ length: 6 }, () => claim(freshName(), 'wanted'));
    const all = (await Promise.allSettled([...apart, ...together])).map(({ status }) => status);
    expect(all.slice(0, apart.length)).toEqual(apart.map(() => 'fulfilled'));
    const ended = all.slice(apart.length);
    expect(ended.filter((status) => status === 'fulfilled')).toHaveLength(1);
  });

  test('an answer that is lost is read the second time, and nothing happens twice', async () => {
    const migration = freshName();
    const lost: unknown[] = [];
    const end = db.api.faults.when(({ body }) => {
      if (!/CALL underpin/u.test(JSON.stringify(body)) || lost.length > 0) return undefined;
      lost.push(body);
      return { when: 'dropAfterCommit' };
    });
    const { epoch } = await claim(migration, 'd');
    end();
    expect(lost).toHaveLength(1);
    expect(await db.value(`SELECT COUNT(*) FROM underpin.event WHERE migration = '${migration}'`)).toBe(1);
    expect(await ledger.find(migration)).toMatchObject({ epoch });
  });

  test('a fence ends the epoch of its own execution alone', async () => {
    const migration = freshName();
    const old = await claim(migration, 'e');
    await expect(ledger.fence(migration, 'arn:other')).rejects.toThrow(Fenced);
    const now = await ledger.fence(migration, 'arn:e');
    expect(now.epoch).toBe(old.epoch + 1);
    await expect(ledger.enterPhase(old, 'expand')).rejects.toThrow(Fenced);
    await expect(ledger.close(old, 'completed')).rejects.toThrow(Fenced);
    await ledger.enterPhase(now, 'expand');
    expect(await ledger.find(migration)).toMatchObject({ phase: 'expand' });
  });

  test('orders stand, are taken back, and are refused in words that the engine knows', async () => {
    const migration = freshName();
    const order = (wanted: 'pause' | 'resume' | 'abort') =>
      ledger.setOrder({ migration, order: wanted, reason: 'why not', by: 'me' });
    await expect(order('pause')).rejects.toThrow(OrderRefused);
    const { epoch } = await claim(migration, 'f');
    expect(await order('pause')).toEqual({ was: null, epoch });
    expect(await ledger.order(migration)).toMatchObject({ order: 'pause', reason: 'why not', by: 'me' });
    expect(await order('resume')).toEqual({ was: 'pause', epoch });
    expect(await ledger.order(migration)).toBeNull();
    await ledger.setOrder({ migration, order: 'pause', reason: 'r', by: 'me', forSeconds: -1 });
    expect(await ledger.order(migration)).toBeNull();
    expect(await order('pause')).toMatchObject({ was: null });
    await ledger.setOrder({ migration, order: 'pause', reason: 'r', by: 'you', forSeconds: 172_800 });
    const { by, at = '', until = '' } = (await ledger.order(migration)) ?? {};
    expect([by, Date.parse(until ?? '') - Date.parse(at)]).toEqual(['me', expect.closeTo(172_800_000, -4)]);
    const pace = { migration, order: 'pace', reason: 'slow', by: 'me' } as const;
    await ledger.setOrder({ ...pace, dutyCycle: 0.25 });
    expect((await ledger.ordersInForce(migration)).pace).toMatchObject({
      dutyCycle: 0.25,
      reason: 'slow',
      by: 'me',
    });
    await ledger.setOrder({ ...pace, dutyCycle: null });
    expect((await ledger.ordersInForce(migration)).pace).toBeNull();
    await order('abort');
    await expect(order('resume')).rejects.toThrow('was aborted');
    await ledger.fence(migration, 'arn:e');
    await expect(order('abort')).rejects.toThrow('being rolled back already');
  });

  test('rows that refuse are kept for people after a rollback, until the next start, and forgotten when it has completed', async () => {
    const migration = freshName();
    const refuse = () =>
      db.sql.query(
        'INSERT INTO underpin.stubborn_row (migration, row_key, key_hash, code) VALUES (?, ?, UNHEX(SHA2(?, 256)), ?)',
        [migration, '["7"]', '["7"]', '22007/1292'],
      );
    const first = await claim(migration, 'h');
    await refuse();
    await ledger.walks.forgetProgress(first);
    await ledger.close(first, 'rolled-back');
    expect(await ledger.walks.stubbornRows(migration)).toEqual([
      { key: '["7"]', sqlstate: '22007/1292', attempts: 1 },
    ]);
    const second = await claim(migration, 'h', first.epoch, 'arn:f');
    expect(await ledger.walks.stubbornCount(migration)).toBe(0);
    await refuse();
    await ledger.close(second, 'completed');
    expect(await ledger.walks.stubbornRows(migration)).toEqual([]);
    expect(await ledger.walks.stubbornCount(migration)).toBe(1);
  });

  test('the journal keeps what happened, in order, and a decision once', async () => {
    const migration = freshName();
    const held = await claim(migration, 'g');
    await ledger.enterPhase(held, 'expand');
    const decision: RecordedDecision = {
      gate: 'read-switch',
      hash: 'h',
      decision: 'approve',
      reason: 'r',
      decidedBy: 'arn:d',
    };
    await ledger.journal.keepDecision(held, decision);
    await ledger.journal.keepDecision(held, decision);
    // Longer than a row of the Data API.
    await db.sql.query(
      "INSERT INTO underpin.event (migration, epoch, what, detail) VALUES (?, ?, 'statements', ?)",
      [migration, held.epoch, JSON.stringify({ calls: 'c'.repeat(300_000) })],
    );
    await ledger.journal.noteFailure(held, 'it "broke"');
    await ledger.journal.keepNote(held, 'look at it');
    await ledger.journal.keepNote(held, 'look at it');
    const events = await ledger.journal.since(migration, 'arn:e');
    expect(events.map(({ what }) => what)).toEqual(['claimed', 'running', 'decided', 'failed', 'noted']);
    expect((await ledger.journal.latest(migration))[0]).toMatchObject({ what: 'noted', epoch: held.epoch });
    expect(await ledger.journal.lastFailure(migration)).toMatchObject({ reason: 'it "broke"' });
    expect(await ledger.journal.enteredAt(held, 'expand')).toMatchObject({
      seconds: expect.any(Number) as unknown,
    });
    expect(await ledger.journal.enteredAt(held, 'contract')).toBeNull();
    expect((await ledger.journal.visits(migration)).map(({ phase }) => phase)).toContain('expand');
    expect(await ledger.walks.all(migration)).toEqual([]);
    expect(await ledger.walks.stubbornCount(migration)).toBe(0);
    expect(await ledger.walks.lastWritten(migration)).toBeNull();
    expect(await ledger.endedAt(migration)).toMatch(/Z$/);
  });
});
