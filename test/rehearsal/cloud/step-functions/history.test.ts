import { expect, test } from 'vitest';
import { LeapingClock, ManualClock } from './clocks.ts';
import { functionFails, invokes, outline, ROLE, stage } from './stage.ts';

// The shapes and predecessors below are those that AWS gives for the same machines.

test('a Task is on record with its parameters, its result, and what it assigned', async () => {
  const cloud = await stage({ functions: { Work: () => 'done' } });
  const ended = await cloud.runStates(
    {
      T: invokes('Work', {
        TimeoutSeconds: 5,
        Assign: { n: 42, s: 'x' },
        Output: '{% $states.result.Payload %}',
      }),
    },
    { a: 1 },
  );
  const what = { resource: 'invoke', resourceType: 'lambda' };
  const output: unknown = expect.stringContaining('"Payload":"done",');
  const truncated = { truncated: false };
  const timestamp: unknown = expect.any(Date);
  expect(ended.history).toEqual([
    {
      id: 1,
      previousEventId: 0,
      timestamp,
      type: 'ExecutionStarted',
      executionStartedEventDetails: { input: '{"a":1}', inputDetails: truncated, roleArn: ROLE },
    },
    {
      id: 2,
      previousEventId: 0,
      timestamp,
      type: 'TaskStateEntered',
      stateEnteredEventDetails: { name: 'T', input: '{"a":1}', inputDetails: truncated },
    },
    {
      id: 3,
      previousEventId: 2,
      timestamp,
      type: 'TaskScheduled',
      taskScheduledEventDetails: {
        ...what,
        region: 'us-east-1',
        parameters: '{"FunctionName":"Work","Payload":{"a":1}}',
        timeoutInSeconds: 5,
      },
    },
    { id: 4, previousEventId: 3, timestamp, type: 'TaskStarted', taskStartedEventDetails: what },
    {
      id: 5,
      previousEventId: 4,
      timestamp,
      type: 'TaskSucceeded',
      taskSucceededEventDetails: { ...what, output, outputDetails: truncated },
    },
    {
      id: 6,
      previousEventId: 5,
      timestamp,
      type: 'TaskStateExited',
      stateExitedEventDetails: {
        name: 'T',
        output: '"done"',
        outputDetails: truncated,
        assignedVariables: { n: '42', s: '"x"' },
        assignedVariablesDetails: truncated,
      },
    },
    {
      id: 7,
      previousEventId: 6,
      timestamp,
      type: 'ExecutionSucceeded',
      executionSucceededEventDetails: { output: '"done"', outputDetails: truncated },
    },
  ]);
});

test('a function named by its own ARN has events of its own', async () => {
  const cloud = await stage({
    functions: { Work: (payload) => (payload === 1 ? 'ok' : functionFails('E')) },
  });
  const Resource = 'arn:aws:lambda:us-east-1:123456789012:function:Work';
  const state = { T: { Type: 'Task', Resource, Arguments: '{% $states.input %}', End: true } };
  const worked = await cloud.runStates(state, 1);
  expect(outline(worked.history).slice(2, 5)).toEqual([
    '3<2 LambdaFunctionScheduled',
    '4<3 LambdaFunctionStarted',
    '5<4 LambdaFunctionSucceeded',
  ]);
  expect(worked.output).toBe('ok');
  expect(worked.history[2]?.lambdaFunctionScheduledEventDetails).toMatchObject({
    resource: Resource,
    input: '1',
  });
  const failed = await cloud.runStates(state, 2);
  expect(failed.history[4]).toMatchObject({
    type: 'LambdaFunctionFailed',
    lambdaFunctionFailedEventDetails: { error: 'E' },
  });
});

test('an evaluation that fails at once is tied to what came before the state', async () => {
  const cloud = await stage();
  const ended = await cloud.runStates({
    A: { Type: 'Pass', Next: 'B' },
    B: { Type: 'Pass', Output: { result: '{% $doesNotExist %}' }, End: true },
  });
  expect(outline(ended.history).slice(3)).toEqual([
    '4<3 PassStateEntered',
    '5<3 EvaluationFailed',
    '6<5 ExecutionFailed',
  ]);
  const cause =
    "An error occurred while executing the state 'B' (entered at the event id #4). The JSONata expression " +
    "'$doesNotExist' specified for the field 'Output/result' returned nothing (undefined).";
  const error = 'States.QueryEvaluationError';
  expect(ended.history[4]?.evaluationFailedEventDetails).toEqual({
    cause,
    error,
    location: 'Output/result',
    state: 'B',
  });
  expect(ended).toMatchObject({ error, cause });
});

const item = (states: Readonly<Record<string, object>>) => ({
  StartAt: Object.keys(states)[0],
  States: states,
});

test('an inline Map tells each iteration, one after the other when it must', async () => {
  const cloud = await stage();
  const ended = await cloud.runStates({
    M: {
      Type: 'Map',
      Items: [1, 2],
      MaxConcurrency: 1,
      ItemProcessor: item({ Inner: { Type: 'Pass', End: true } }),
      End: true,
    },
  });
  expect(outline(ended.history)).toEqual([
    '1<0 ExecutionStarted',
    '2<0 MapStateEntered',
    '3<2 MapStateStarted',
    '4<3 MapIterationStarted',
    '5<4 PassStateEntered',
    '6<5 PassStateExited',
    '7<6 MapIterationSucceeded',
    '8<6 MapIterationStarted',
    '9<8 PassStateEntered',
    '10<9 PassStateExited',
    '11<10 MapIterationSucceeded',
    '12<11 MapStateSucceeded',
    '13<11 MapStateExited',
    '14<13 ExecutionSucceeded',
  ]);
  expect(ended.history[2]?.mapStateStartedEventDetails).toEqual({ length: 2 });
  expect(ended.history[7]?.mapIterationStartedEventDetails).toEqual({ index: 1, name: 'M' });
});

test('a Map over nothing succeeds', async () => {
  const cloud = await stage();
  const processor = item({ Inner: { Type: 'Pass', End: true } });
  const ended = await cloud.runStates({ M: { Type: 'Map', ItemProcessor: processor, End: true } }, []);
  expect(outline(ended.history).slice(2)).toEqual([
    '3<2 MapStateStarted',
    '4<3 MapStateSucceeded',
    '5<3 MapStateExited',
    '6<5 ExecutionSucceeded',
  ]);
});

test('a failed iteration is on record before its Map, which may catch', async () => {
  const cloud = await stage();
  const ended = await cloud.runStates({
    M: {
      Type: 'Map',
      Items: [1],
      ItemProcessor: item({ F: { Type: 'Fail', Error: 'E', Cause: 'C' } }),
      Catch: [{ ErrorEquals: ['E'], Next: 'Seen' }],
      End: true,
    },
    Seen: { Type: 'Pass', End: true },
  });
  expect(outline(ended.history).slice(3)).toEqual([
    '4<3 MapIterationStarted',
    '5<4 FailStateEntered',
    '6<5 MapIterationFailed',
    '7<5 MapStateFailed',
    '8<7 MapStateExited',
    '9<8 PassStateEntered',
    '10<9 PassStateExited',
    '11<10 ExecutionSucceeded',
  ]);
  expect(ended.output).toEqual({ Error: 'E', Cause: 'C' });
});

test('siblings of a failed iteration are aborted, all tied to the failure', async () => {
  const clock = new ManualClock();
  const cloud = await stage({ clock, functions: { Work: () => new Promise(() => undefined) } });
  const processor = item({ T: invokes('Work', { TimeoutSeconds: '{% $states.input %}' }) });
  const machine = await cloud.create({
    StartAt: 'M',
    States: { M: { Type: 'Map', Items: [5, 60], ItemProcessor: processor, End: true } },
  });
  const arn = await cloud.start(machine);
  await clock.untilSleeping(2);
  clock.advance(5_000);
  const ended = await cloud.end(arn);
  const timedOut = ended.history.findIndex(({ type }) => type === 'TaskTimedOut') + 1;
  expect(outline(ended.history).slice(timedOut)).toEqual([
    `${timedOut + 1}<${timedOut} MapIterationFailed`,
    `${timedOut + 2}<${timedOut} TaskStateAborted`,
    `${timedOut + 3}<${timedOut} MapIterationAborted`,
    `${timedOut + 4}<${timedOut} TaskStateAborted`,
    `${timedOut + 5}<${timedOut} MapStateFailed`,
    `${timedOut + 6}<${timedOut + 5} ExecutionFailed`,
  ]);
  expect(ended.error).toBe('States.Timeout');
});

test('a Parallel that is tried again starts again, and only then fails', async () => {
  const cloud = await stage({ clock: new LeapingClock(), functions: { Work: () => functionFails('E') } });
  const ended = await cloud.runStates({
    P: {
      Type: 'Parallel',
      Branches: [item({ T: invokes('Work') })],
      Retry: [{ ErrorEquals: ['E'], MaxAttempts: 1, IntervalSeconds: 1, MaxDelaySeconds: 1 }],
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Seen' }],
      End: true,
    },
    Seen: { Type: 'Succeed' },
  });
  expect(outline(ended.history).slice(2)).toEqual([
    '3<2 ParallelStateStarted',
    '4<3 TaskStateEntered',
    '5<4 TaskScheduled',
    '6<5 TaskStarted',
    '7<6 TaskFailed',
    '8<7 TaskStateAborted',
    '9<7 ParallelStateStarted',
    '10<9 TaskStateEntered',
    '11<10 TaskScheduled',
    '12<11 TaskStarted',
    '13<12 TaskFailed',
    '14<13 TaskStateAborted',
    '15<13 ParallelStateFailed',
    '16<15 ParallelStateExited',
    '17<16 SucceedStateEntered',
    '18<17 SucceedStateExited',
    '19<18 ExecutionSucceeded',
  ]);
});

test('a branch given up deep inside is aborted innermost first', async () => {
  const clock = new ManualClock();
  const cloud = await stage({ clock });
  const wait = (name: string, Seconds: number) => item({ [name]: { Type: 'Wait', Seconds, End: true } });
  const machine = await cloud.create({
    StartAt: 'P',
    States: {
      P: {
        Type: 'Parallel',
        Branches: [
          item({ W1: { Type: 'Wait', Seconds: 1, Next: 'F' }, F: { Type: 'Fail', Error: 'E' } }),
          item({ Inner: { Type: 'Parallel', Branches: [wait('W2', 9)], End: true } }),
          item({ M: { Type: 'Map', Items: [1], ItemProcessor: wait('W3', 9), End: true } }),
        ],
        End: true,
      },
    },
  });
  const arn = await cloud.start(machine);
  await clock.untilSleeping(3);
  clock.advance(1_000);
  const ended = await cloud.end(arn);
  const failed = ended.history.findIndex(({ type }) => type === 'FailStateEntered');
  expect(ended.history.slice(failed).map(({ type }) => type)).toEqual([
    'FailStateEntered',
    'WaitStateAborted',
    'ParallelStateAborted',
    'MapIterationAborted',
    'WaitStateAborted',
    'MapStateAborted',
    'ParallelStateFailed',
    'ExecutionFailed',
  ]);
});

test('listeners hear every event as it is recorded, until they stop listening', async () => {
  const cloud = await stage();
  const heard: string[] = [];
  const stopListening = cloud.service.onEvent(({ stateMachine, event }) =>
    heard.push(`${stateMachine} ${event.type}`),
  );
  await cloud.runStates({ S: { Type: 'Succeed' } });
  stopListening();
  await cloud.runStates({ S: { Type: 'Succeed' } });
  expect(heard).toEqual([
    'machine1 ExecutionStarted',
    'machine1 SucceedStateEntered',
    'machine1 SucceedStateExited',
    'machine1 ExecutionSucceeded',
  ]);
});
