import { expect, test } from 'vitest';
import { knownError } from '../../../lambdas/runtime/database-errors.ts';

const databaseError = (state: string) =>
  Object.assign(new Error(`ERROR: mallory@example.com is odd; SQLState: ${state}`), {
    name: 'DatabaseErrorException',
  });

test.each([
  ['40P01', 'TransientDatabaseError'],
  ['25006', 'TransientDatabaseError'],
  ['55P03', 'LockNotAcquired'],
  ['UP001', 'Fenced'],
  ['22P02', 'RowRefused'],
  ['23514', 'RowRefused'],
  ['P0001', 'RowRefused'],
  ['Z1234', 'RowRefused'],
  ['UX042', 'RowRefused'],
  ['99001', 'RowRefused'],
  ['55000', 'DatabaseErrorException'],
  ['XX000', 'DatabaseErrorException'],
  ['P0004', 'DatabaseErrorException'],
  ['0A000', 'DatabaseErrorException'],
  ['HV000', 'DatabaseErrorException'],
])('SQLSTATE %s is %s, and the text with the row is not passed on', (state, name) => {
  const known = knownError(databaseError(state));
  expect(known).toMatchObject({ name });
  expect(JSON.stringify([known, String(known)])).not.toContain('mallory');
  if (name === 'DatabaseErrorException') expect(String(known)).toContain(state);
});

test('an error without an SQLSTATE loses its text too', () => {
  const known = knownError(
    Object.assign(new Error('mallory@example.com'), { name: 'DatabaseErrorException' }),
  );
  expect(String(known)).toBe('DatabaseErrorException: the database refused the statement: no SQLSTATE');
});

test('what PostgreSQL says of wrong SQL is passed on: its author must read it', () => {
  const wrong = databaseError('42703');
  expect(knownError(wrong)).toBe(wrong);
});

test.each(['ETIMEDOUT', 'EPIPE', 'EAI_AGAIN', 'ENOTFOUND', 'ECONNRESET', 'ECONNREFUSED'])(
  'a connection lost by %s is transient',
  (code) => {
    expect(knownError(Object.assign(new Error('x'), { code }))).toMatchObject({
      name: 'TransientDatabaseError',
    });
  },
);
