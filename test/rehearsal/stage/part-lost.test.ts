import { DatabaseError } from 'pg';
import { expect, test } from 'vitest';
import { isConnectionLost } from '../../../rehearsal/stage/part-lost.ts';

const coded = (code: string): Error => Object.assign(new DatabaseError('said', 4, 'error'), { code });

test.each(['57P01', '57P03', '08006', 'ECONNREFUSED', 'ECONNRESET'])('%s means a lost connection', (code) => {
  expect(isConnectionLost(coded(code))).toBe(true);
});

test('so does what the driver says without a code', () => {
  expect(isConnectionLost(new Error('Connection terminated unexpectedly'))).toBe(true);
});

test.each(['57014', '23505', '42P01'])('%s does not', (code) => {
  expect(isConnectionLost(coded(code))).toBe(false);
});

test('nor does what is no error of the driver', () => {
  expect(isConnectionLost(new TypeError('x is not a function'))).toBe(false);
  expect(isConnectionLost('Connection terminated')).toBe(false);
});
