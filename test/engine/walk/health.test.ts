import { expect, test } from 'vitest';
import type { Database } from '../../../engine/database/database.ts';
import { dialectOf } from '../../../engine/dialects/dialects.ts';
import { askHealth, Patience } from '../../../engine/walk/health.ts';
import type { Verdict } from '../../../engine/walk/signals.ts';

const asked = {
  throttle: { replicaLagMs: 1000, blockedSessions: 5 },
  table: { schema: 'public', name: 't' },
};

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
  expect(await askHealth(failing, asked)).toEqual({
    verdict: 'stop',
    reason: 'the health probe failed: AccessDenied',
    unreadable: true,
  });
  expect(
    await askHealth(
      answering(() => Promise.resolve([])),
      asked,
    ),
  ).toMatchObject({ verdict: 'stop', unreadable: true });
});

const blind: Verdict = { verdict: 'stop', reason: 'nothing to be seen', unreadable: true };
const busy: Verdict = { verdict: 'stop', reason: 'replicas lag', unreadable: false };

test('signals that cannot be read for more than two minutes in a row are an error with the reason', () => {
  const patience = new Patience();
  for (const seconds of [0, 60, 120]) patience.note(blind, seconds * 1000);
  expect(() => patience.note(blind, 120_001)).toThrow(
    expect.objectContaining({ name: 'TransientDatabaseError', message: 'nothing to be seen' }),
  );
});

const slow: Verdict = { verdict: 'slow', share: 0.5, reason: 'replicas lag' };

test.each([{ verdict: 'go' } as const, slow, busy])('two minutes begin anew after $verdict', (between) => {
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
