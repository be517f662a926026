import { expect, test } from 'vitest';
import { StatementRefused } from '../../../engine/database/errors.ts';
import { dialectOf } from '../../../engine/dialects/dialects.ts';
import { knownError as knownErrorOf } from '../../../lambdas/runtime/database-errors.ts';

const knownError = (error: unknown, statement?: { readonly catalogOnly: boolean }): unknown =>
  knownErrorOf(error, dialectOf('postgres').errors, statement);

const databaseError = (state: string) =>
  Object.assign(new Error(`ERROR: mallory@example.com is odd; SQLState: ${state}`), {
    name: 'DatabaseErrorException',
  });

test.each([
  ['40P01', 'TransientDatabaseError'],
  ['25006', 'TransientDatabaseError'],
  ['28P01', 'TransientDatabaseError'],
  ['55P03', 'LockNotAcquired'],
  ['UP001', 'Fenced'],
  ['22P02', 'RowRefused'],
  ['23514', 'RowRefused'],
  ['P0001', 'RowRefused'],
  ['Z1234', 'RowRefused'],
  ['UX042', 'RowRefused'],
  ['99001', 'RowRefused'],
  ['55000', 'StatementRefused'],
  ['XX000', 'InternalDatabaseError'],
  ['P0004', 'StatementRefused'],
  ['0A000', 'StatementRefused'],
  ['42601', 'StatementRefused'],
  ['42P01', 'StatementRefused'],
  ['HV000', 'StatementRefused'],
])('SQLSTATE %s is %s, and the text with the row is not passed on', (state, name) => {
  const known = knownError(databaseError(state));
  expect(known).toMatchObject({ name });
  expect(JSON.stringify([known, String(known)])).not.toContain('mallory');
  if (known instanceof StatementRefused) expect(String(known)).toContain(state);
});

// Five letters of a value, in a state that a function of somebody's raised: each class has its way.
test.each([
  'QUOKA',
  '22QUO',
  '42QUO',
  '40QUO',
  '57QUO',
  '58QUO',
  'P0QUO',
  'XXQUO',
  '0AQUO',
  'UPQUO',
  '99QUO',
])('a state that PostgreSQL does not have is not passed on: %s', (state) => {
  for (const catalogOnly of [false, true]) {
    const known = knownError(databaseError(state), { catalogOnly });
    expect(known).toBeInstanceOf(Error);
    const said = `${JSON.stringify(known)} ${String(known)}`;
    expect(said).not.toContain('QUO');
    expect(said).toContain('user-defined');
  }
});

test('an error without an SQLSTATE says nothing of the statement: it is sent again, and loses its text too', () => {
  const known = knownError(
    Object.assign(new Error('mallory@example.com'), { name: 'DatabaseErrorException' }),
  );
  expect(String(known)).toBe('TransientDatabaseError: the database answered without an SQLSTATE');
});

test('what PostgreSQL says of wrong SQL is passed on where no row is touched: its author must read it', () => {
  const wrong = Object.assign(
    new Error(
      'ERROR: column "emial" does not exist\n  Detail: mallory\n  Hint: mallory; Position: 8; SQLState: 42703',
    ),
    { name: 'DatabaseErrorException' },
  );
  expect(knownError(wrong, { catalogOnly: true })).toMatchObject({
    name: 'StatementRefused',
    reason: 'column "emial" does not exist (SQLSTATE 42703)',
  });
  expect(knownError(wrong)).toMatchObject({ reason: 'SQLSTATE 42703 (undefined column)' });
});

test.each([
  ['BadRequestException', 'the Data API refused the call: BadRequestException'],
  ['ValidationException', 'the Data API refused the call: ValidationException'],
  ['ForbiddenException', 'mallory@example.com'],
])('of %s, which AWS raises, people read: %s', (name, message) => {
  const raised = Object.assign(new Error('mallory@example.com'), { name, $metadata: { requestId: 'r' } });
  expect(knownError(raised)).toMatchObject({ name, message, $metadata: { requestId: 'r' } });
});

test.each(['SecretsErrorException', 'InvalidSecretException', 'InvalidResourceStateException'])(
  'while a secret rotates or a cluster is modified, %s is transient, and people read why',
  (name) => {
    expect(knownError(Object.assign(new Error('The secret is not valid.'), { name }))).toMatchObject({
      name: 'TransientDatabaseError',
      message: `the database cannot be reached now: ${name}: The secret is not valid.`,
    });
  },
);

test.each(['ETIMEDOUT', 'EPIPE', 'EAI_AGAIN', 'ENOTFOUND', 'ECONNRESET', 'ECONNREFUSED'])(
  'a connection lost by %s is transient',
  (code) => {
    expect(knownError(Object.assign(new Error('x'), { code }))).toMatchObject({
      name: 'TransientDatabaseError',
    });
  },
);
