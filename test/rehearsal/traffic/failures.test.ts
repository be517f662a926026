import { DatabaseError } from 'pg';
import { describe, expect, it } from 'vitest';
import { Failures, isOutcomeUnknown } from '../../../rehearsal/traffic/failures.ts';

function databaseError(code: string, message: string): DatabaseError {
  return Object.assign(new DatabaseError(message, message.length, 'error'), { code });
}

describe('failed requests', () => {
  it('are counted by code and label, with the first message', () => {
    const failures = new Failures();
    failures.add(databaseError('57014', 'canceling statement due to statement timeout'), 'expand');
    failures.add(databaseError('57014', 'canceling statement due to user request'), 'expand');
    failures.add(databaseError('57014', 'canceling statement'), 'backfill');
    expect(failures.all).toEqual([
      { code: '57014', label: 'expand', count: 2, message: 'canceling statement due to statement timeout' },
      { code: '57014', label: 'backfill', count: 1, message: 'canceling statement' },
    ]);
  });

  it.each([
    ['22P02', 'invalid input syntax for type integer: "ada@example.com"'],
    ['22007', "invalid value 'ada@example.com' for date"],
    ['P0001', 'ada@example.com is not welcome'],
  ])('%s: no value of a row gets into the report', (code, message) => {
    const failures = new Failures();
    failures.add(databaseError(code, message), 'x');
    expect(failures.all[0]?.message).not.toContain('ada');
  });

  it('a constraint keeps its name', () => {
    const failures = new Failures();
    failures.add(
      databaseError('23505', 'duplicate key value violates unique constraint "users_email_key"'),
      'x',
    );
    expect(failures.all[0]?.message).toContain('users_email_key');
  });

  it('the outcome is unknown when the answer was lost, and known when the database refused', () => {
    expect(isOutcomeUnknown(Object.assign(new Error('read'), { code: 'ECONNRESET' }))).toBe(true);
    expect(isOutcomeUnknown(databaseError('57P01', 'terminating connection'))).toBe(true);
    expect(isOutcomeUnknown(databaseError('57014', 'canceling statement'))).toBe(false);
    expect(isOutcomeUnknown(databaseError('23505', 'duplicate key'))).toBe(false);
  });
});
