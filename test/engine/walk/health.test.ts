import { expect, test } from 'vitest';
import type { Database } from '../../../engine/database/database.ts';
import { dialectOf } from '../../../engine/dialects/dialects.ts';
import { askHealth, judgeHealth, Patience, type Verdict } from '../../../engine/walk/health.ts';

const { remedies } = dialectOf('postgres');
const throttle = { replicaLagMs: 1000, blockedSessions: 5 };

test.each([
  { now: { blockedSessions: 5, replicaLagMs: 1000 }, says: undefined },
  { now: { blockedSessions: 0, replicaLagMs: null }, says: undefined },
  { now: { blockedSessions: 6, replicaLagMs: null }, says: 'sessions that wait for a lock: 6, limit 5' },
  { now: { blockedSessions: 0, replicaLagMs: 1000.6 }, says: 'lag of the replicas: 1001 ms, limit 1000 ms' },
])('$now is $says', ({ now, says }) => {
  const verdict = judgeHealth({ ...now, replicaLagHidden: false }, throttle, remedies);
  expect(verdict).toEqual(
    says === undefined ? { verdict: 'pass' } : { verdict: 'wait', reason: says, unreadable: false },
  );
});

const answering = (rows: () => Promise<readonly never[]>): Database => ({
  dialect: dialectOf('postgres'),
  rows,
  run: () => Promise.reject(new Error('not asked')),
  start: () => Promise.reject(new Error('not asked')),
});

test('a health that cannot be read is a bad one', async () => {
  const failing = answering(() =>
    Promise.reject(Object.assign(new Error('secret'), { name: 'AccessDenied' })),
  );
  expect(await askHealth(failing, throttle)).toEqual({
    verdict: 'wait',
    reason: 'the health probe failed: AccessDenied',
    unreadable: true,
  });
  expect(
    await askHealth(
      answering(() => Promise.resolve([])),
      throttle,
    ),
  ).toMatchObject({ verdict: 'wait', unreadable: true });
});

test('replicas whose lag the role may not see are not replicas without lag', () => {
  expect(
    judgeHealth({ blockedSessions: 0, replicaLagHidden: true, replicaLagMs: null }, throttle, remedies),
  ).toMatchObject({ verdict: 'wait', unreadable: true });
});

const blind: Verdict = { verdict: 'wait', reason: 'nothing to be seen', unreadable: true };
const busy: Verdict = { verdict: 'wait', reason: 'replicas lag', unreadable: false };

test('signals that cannot be read for more than two minutes in a row are an error with the reason', () => {
  const patience = new Patience();
  for (const seconds of [0, 60, 120]) patience.note(blind, seconds * 1000);
  expect(() => patience.note(blind, 120_001)).toThrow(
    expect.objectContaining({ name: 'TransientDatabaseError', message: 'nothing to be seen' }),
  );
});

test.each([{ verdict: 'pass' } as const, busy])('two minutes begin anew after $verdict', (between) => {
  const patience = new Patience();
  patience.note(blind, 0);
  patience.note(between, 100_000);
  patience.note(blind, 130_000);
  patience.note(blind, 250_000);
  expect(() => patience.note(blind, 250_001)).toThrow('nothing to be seen');
});

test('a database that is busy is waited for as long as it takes', () => {
  const patience = new Patience();
  for (const hours of [0, 1, 100]) patience.note(busy, hours * 3_600_000);
});
