import { expect, test } from 'vitest';
import { failureWords } from '../../../rehearsal/screen/failure-words.ts';

const execution = (cause: string): string =>
  JSON.stringify({ ExecutionArn: 'arn:aws:states:…', Status: 'FAILED', Error: 'Failed', Cause: cause });

test('an error stands with its cause, or alone', () => {
  expect(failureWords('RolledBack', 'confidence: GateRejected. no')).toBe(
    'RolledBack: confidence: GateRejected. no',
  );
  expect(failureWords('States.Timeout', '')).toBe('States.Timeout');
});

test('of a nested execution only its cause is told, however deep', () => {
  const cause = `verify: VerificationFailed. ${execution(execution('500 of 500 rows differ'))}`;
  expect(failureWords('RolledBack', cause)).toBe(
    'RolledBack: verify: VerificationFailed. 500 of 500 rows differ',
  );
});

test('braces that are no execution stay as they are', () => {
  expect(failureWords('Failed', 'it said {"a": 1')).toBe('Failed: it said {"a": 1');
  expect(failureWords('Failed', '{"a": 1}')).toBe('Failed: {"a": 1}');
});
