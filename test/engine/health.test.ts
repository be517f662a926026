import { expect, test } from 'vitest';
import type { Database } from '../../engine/database.ts';
import { askHealth, judgeHealth } from '../../engine/health.ts';

const throttle = { replicaLagMs: 1000, blockedSessions: 5 };

test.each([
  { now: { blockedSessions: 5, replicaLagMs: 1000 }, says: undefined },
  { now: { blockedSessions: 0, replicaLagMs: null }, says: undefined },
  { now: { blockedSessions: 6, replicaLagMs: null }, says: '6 sessions wait for locks' },
  { now: { blockedSessions: 0, replicaLagMs: 1000.6 }, says: 'replicas lag by 1001 ms' },
])('$now is $says', ({ now, says }) => {
  const verdict = judgeHealth(now, throttle);
  expect(verdict).toEqual(says === undefined ? { verdict: 'pass' } : { verdict: 'wait', reason: says });
});

const answering = (rows: () => Promise<readonly never[]>): Database => ({
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
  });
  expect(
    await askHealth(
      answering(() => Promise.resolve([])),
      throttle,
    ),
  ).toMatchObject({ verdict: 'wait' });
});
