import { expect, test } from 'vitest';
import { failure, unwrapError, wordsOfReason } from '../../../engine/words/failure.ts';

const execution = (Error: string, Cause: string): string =>
  JSON.stringify({ ExecutionArn: 'arn:aws:states:…', Status: 'FAILED', Error, Cause });
const thrown = (errorType: string, errorMessage: string): string =>
  JSON.stringify({ errorType, errorMessage, trace: ['at some.js:1'] });

test.each([
  ['an error of text', 'GateRejected', 'no', 'GateRejected: no'],
  ['an error without a cause', 'States.Timeout', '', 'States.Timeout'],
  ['what a function threw', 'Aborted', thrown('Aborted', 'by ann:\n  enough'), 'Aborted: by ann: enough'],
  [
    'a nested execution, however deep',
    'States.TaskFailed',
    execution('States.TaskFailed', execution('VerificationFailed', '500 of 500 rows differ')),
    'VerificationFailed: 500 of 500 rows differ',
  ],
  [
    'a function that a nested execution had called',
    'States.TaskFailed',
    execution('GuardrailBreached', thrown('GuardrailBreached', 'alarm x is on')),
    'GuardrailBreached: alarm x is on',
  ],
  [
    'a text before it',
    'UndoFailed',
    `verify: States.TaskFailed. ${execution('VerificationFailed', '5 rows differ')}`,
    'UndoFailed: verify: States.TaskFailed. 5 rows differ',
  ],
  ['braces that are no JSON', 'Failed', 'it said {"a": 1', 'Failed: it said {"a": 1'],
  ['JSON of another kind', 'Failed', '{"a": 1}', 'Failed: {"a": 1}'],
])('%s', (_, Error, Cause, words) => {
  expect(wordsOfReason(unwrapError({ Error, Cause }))).toBe(words);
});

test('of a nested execution that was stopped, that it was', () => {
  const Cause = JSON.stringify({ ExecutionArn: 'arn:aws:states:…', Status: 'ABORTED' });
  expect(unwrapError({ Error: 'States.TaskFailed', Cause })).toEqual({
    error: 'States.TaskFailed',
    cause: 'the execution ended as ABORTED',
  });
});

test('a failure is read as Step Functions hands it on, a cause or none', () => {
  expect(failure.parse({ phase: 'verify', error: { Error: 'States.Timeout' } })).toEqual({
    phase: 'verify',
    error: 'States.Timeout',
    cause: '',
  });
});
