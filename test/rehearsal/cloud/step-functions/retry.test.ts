import { expect, test } from 'vitest';
import { matchesError } from '../../../../rehearsal/cloud/step-functions/error-names.ts';
import { StateFailure } from '../../../../rehearsal/cloud/step-functions/failure.ts';
import { backoffSeconds, Retries } from '../../../../rehearsal/cloud/step-functions/retry.ts';
import { LeapingClock } from './clocks.ts';
import { functionFails, invokes, outline, stage } from './stage.ts';

const failure = (error: string | null, alias?: string) => new StateFailure(error, null, alias);
const half = () => 0.5;

test('delays grow by the rate from the interval, up to the cap', () => {
  const retrier = { ErrorEquals: ['E'], IntervalSeconds: 3, BackoffRate: 1.5, MaxDelaySeconds: 5 };
  expect([0, 1, 2, 3].map((earlier) => backoffSeconds(retrier, earlier, half))).toEqual([3, 4.5, 5, 5]);
});

test('without settings a retrier waits 1, 2 and 4 seconds and then gives up', () => {
  const retries = new Retries([{ ErrorEquals: ['E'] }]);
  const delays = [1, 2, 3, 4].map(() => retries.delayAfter(failure('E'), half));
  expect(delays).toEqual([1, 2, 4, undefined]);
});

test('full jitter draws below the capped delay', () => {
  const retrier = {
    ErrorEquals: ['E'],
    IntervalSeconds: 8,
    MaxDelaySeconds: 10,
    JitterStrategy: 'FULL' as const,
  };
  expect(backoffSeconds(retrier, 3, () => 0.25)).toBe(2.5);
  expect(backoffSeconds({ ...retrier, JitterStrategy: 'NONE' }, 3, () => 0.25)).toBe(10);
});

test('each retrier counts for itself (the example of the developer guide)', () => {
  const retries = new Retries([
    { ErrorEquals: ['ErrorA', 'ErrorB'], IntervalSeconds: 1, BackoffRate: 2, MaxAttempts: 2 },
    { ErrorEquals: ['ErrorC'], IntervalSeconds: 5 },
  ]);
  const delays = ['ErrorA', 'ErrorB', 'ErrorC', 'ErrorB'].map((name) =>
    retries.delayAfter(failure(name), half),
  );
  expect(delays).toEqual([1, 2, 5, undefined]);
});

test('the first retrier that matches decides, even to retry never', () => {
  const retries = new Retries([{ ErrorEquals: ['E'], MaxAttempts: 0 }, { ErrorEquals: ['States.ALL'] }]);
  expect(retries.delayAfter(failure('E'), half)).toBeUndefined();
  expect(retries.delayAfter(failure('Other'), half)).toBe(1);
});

test.each([
  ['States.ALL', 'Anything', true],
  ['States.ALL', null, true],
  ['States.ALL', 'States.Timeout', true],
  ['States.ALL', 'States.QueryEvaluationError', true],
  ['States.ALL', 'States.DataLimitExceeded', false],
  ['States.ALL', 'States.Runtime', false],
  ['States.Runtime', 'States.Runtime', false],
  ['States.DataLimitExceeded', 'States.DataLimitExceeded', true],
  ['States.TaskFailed', 'Anything', true],
  ['States.TaskFailed', 'States.Timeout', false],
  ['States.TaskFailed', 'States.DataLimitExceeded', false],
  ['Anything', 'anything', false],
])('%s and %s: %s', (rule, error, matches) => {
  expect(matchesError([rule], failure(error))).toBe(matches);
});

test('a missed heartbeat answers to both its names, and not to States.TaskFailed', () => {
  const silence = failure('States.Timeout', 'States.HeartbeatTimeout');
  const matching = ['States.Timeout', 'States.HeartbeatTimeout', 'States.TaskFailed', 'States.ALL'];
  expect(matching.filter((rule) => matchesError([rule], silence))).toEqual([
    'States.Timeout',
    'States.HeartbeatTimeout',
    'States.ALL',
  ]);
});

test('a Task is tried again until it works, and RetryCount says which time it is', async () => {
  const clock = new LeapingClock();
  const cloud = await stage({
    clock,
    functions: { Work: (payload, call) => (call < 3 ? functionFails('Shaky') : payload) },
  });
  const ended = await cloud.runStates({
    T: invokes('Work', {
      Arguments: { FunctionName: 'Work', Payload: '{% $states.context.State.RetryCount %}' },
      Retry: [{ ErrorEquals: ['Shaky'], IntervalSeconds: 2 }],
      Output: '{% $states.result.Payload %}',
    }),
  });
  expect(ended.output).toBe(2);
  expect(clock.slept).toEqual([2_000, 4_000]);
  expect(outline(ended.history)).toEqual([
    '1<0 ExecutionStarted',
    '2<0 TaskStateEntered',
    '3<2 TaskScheduled',
    '4<3 TaskStarted',
    '5<4 TaskFailed',
    '6<5 TaskScheduled',
    '7<6 TaskStarted',
    '8<7 TaskFailed',
    '9<8 TaskScheduled',
    '10<9 TaskStarted',
    '11<10 TaskSucceeded',
    '12<11 TaskStateExited',
    '13<12 ExecutionSucceeded',
  ]);
});

test('jitter comes from the injected chance', async () => {
  const clock = new LeapingClock();
  const cloud = await stage({ clock, random: half, functions: { Work: () => functionFails('Shaky') } });
  const Retry = [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 4, MaxAttempts: 2, JitterStrategy: 'FULL' }];
  await cloud.runStates({ T: invokes('Work', { Retry }) });
  expect(clock.slept).toEqual([2_000, 4_000]);
});

test('when retries are over the catcher gets the error and its cause, as the function told it', async () => {
  const cloud = await stage({
    clock: new LeapingClock(),
    functions: { Work: () => functionFails('GuardrailBreached', 'lag is 9 s') },
  });
  const ended = await cloud.runStates(
    {
      T: invokes('Work', {
        Retry: [{ ErrorEquals: ['States.TaskFailed'], MaxAttempts: 1 }],
        Catch: [
          { ErrorEquals: ['Other'], Next: 'Never' },
          {
            ErrorEquals: ['GuardrailBreached'],
            Next: 'Undo',
            Output: { input: '{% $states.input %}', error: '{% $states.errorOutput %}' },
            Assign: { reason: '{% $parse($states.errorOutput.Cause).errorMessage %}' },
          },
        ],
      }),
      Never: { Type: 'Fail' },
      Undo: { Type: 'Pass', Output: { given: '{% $states.input %}', reason: '{% $reason %}' }, End: true },
    },
    { m: 1 },
  );
  const Cause = JSON.stringify({ errorType: 'GuardrailBreached', errorMessage: 'lag is 9 s', trace: [] });
  expect(ended.output).toEqual({
    given: { input: { m: 1 }, error: { Error: 'GuardrailBreached', Cause } },
    reason: 'lag is 9 s',
  });
});

test('a catcher without Output hands the error on', async () => {
  const cloud = await stage({ functions: { Work: () => functionFails('E') } });
  const ended = await cloud.runStates({
    T: invokes('Work', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Seen' }] }),
    Seen: { Type: 'Pass', Output: '{% $states.input.Error %}', End: true },
  });
  expect(ended.output).toBe('E');
});

test('a bad Output is retried and caught like any failure of its state', async () => {
  const cloud = await stage({ clock: new LeapingClock(), functions: { Work: () => 1 } });
  const ended = await cloud.runStates({
    T: invokes('Work', {
      Output: '{% $states.result.nothing %}',
      Retry: [{ ErrorEquals: ['States.QueryEvaluationError'], MaxAttempts: 1 }],
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Seen', Output: '{% $states.errorOutput.Error %}' }],
    }),
    Seen: { Type: 'Succeed' },
  });
  expect(ended.output).toBe('States.QueryEvaluationError');
  expect(cloud.calls).toHaveLength(2);
});

test('a bad Output of a catcher fails the state for good', async () => {
  const cloud = await stage({ functions: { Work: () => functionFails('E') } });
  const ended = await cloud.runStates({
    T: invokes('Work', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Seen', Output: '{% $missing %}' }] }),
    Seen: { Type: 'Succeed' },
  });
  expect(ended.error).toBe('States.QueryEvaluationError');
  expect(ended.cause).toContain("for the field 'Catch[0]/Output' returned nothing (undefined)");
});

test('an unexpected error of the port is Lambda.Unknown', async () => {
  const cloud = await stage({ functions: { Work: () => Promise.reject(new Error('the process died')) } });
  const ended = await cloud.runStates({ T: invokes('Work') });
  expect(ended.error).toBe('Lambda.Unknown');
  expect(ended.cause).toContain('the process died');
});
