import { expect, test } from 'vitest';
import { startDelay } from '../../../engine/spec/start-delay.ts';

const now = Date.parse('2026-11-30T06:00:00.500Z');
const notBefore = (at: string) => ({ notBefore: at, avoid: [], timeZone: 'UTC' });

test('a migration without a change window, or inside of it, begins at once', () => {
  const atOnce = { waitSeconds: 0, waitReason: '' };
  expect(startDelay(undefined, now)).toEqual(atOnce);
  expect(startDelay(notBefore('2026-11-30T06:00:00.000Z'), now)).toEqual(atOnce);
});

test('outside of it, it waits in whole seconds until the time has come and never ends a second early', () => {
  expect(startDelay(notBefore('2026-12-01T06:00:00.000Z'), now)).toEqual({
    waitSeconds: 86_400,
    waitReason: 'nothing is begun before 2026-12-01T06:00Z; it goes on at 2026-12-01T06:00Z',
  });
  expect(startDelay(notBefore('2026-11-30T06:00:00.600Z'), now).waitSeconds).toBe(1);
});

test('it waits no longer than a hold can', () => {
  expect(startDelay(notBefore('2099-01-01T00:00:00.000Z'), now).waitSeconds).toBe(99_999_999);
});
