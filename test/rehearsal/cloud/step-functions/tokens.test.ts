import {
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
} from '@aws-sdk/client-sfn';
import { expect, test } from 'vitest';
import { ManualClock } from './clocks.ts';
import { outline, stage, type Stage } from './stage.ts';

/** A Task that gives its token to the function and waits for the answer. */
const hold = (more: object = {}) => ({
  Hold: {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
    Arguments: { FunctionName: 'Ask', Payload: '{% $states.context.Task.Token %}' },
    End: true,
    ...more,
  },
});

/** Starts a hold and waits until its token is out. */
async function held(more: object = {}, clock = new ManualClock()) {
  const tokens: string[] = [];
  const Ask = (payload: unknown) => {
    tokens.push(String(payload));
    return 'asked';
  };
  const cloud = await stage({ clock, functions: { Ask } });
  const seen = 'Next' in more ? { Seen: { Type: 'Succeed' } } : {};
  const machine = await cloud.create({ StartAt: 'Hold', States: { ...hold(more), ...seen } });
  const arn = await cloud.start(machine);
  await cloud.event(arn, ({ type }) => type === 'TaskSubmitted');
  return { cloud, arn, clock, token: tokens[0] ?? '', tokens };
}

const succeed = (cloud: Stage, taskToken: string, output: string) =>
  cloud.client.send(new SendTaskSuccessCommand({ taskToken, output }));

test('the holder of the token decides what comes out', async () => {
  const { cloud, arn, token } = await held();
  await succeed(cloud, token, '{"decision":"approve"}');
  const ended = await cloud.end(arn);
  expect(ended.output).toEqual({ decision: 'approve' });
  expect(outline(ended.history).slice(2)).toEqual([
    '3<2 TaskScheduled',
    '4<3 TaskStarted',
    '5<4 TaskSubmitted',
    '6<5 TaskSucceeded',
    '7<6 TaskStateExited',
    '8<7 ExecutionSucceeded',
  ]);
  expect(ended.history[4]?.taskSubmittedEventDetails?.output).toContain('"Payload":"asked"');
});

test('the holder may report a failure, with or without a name', async () => {
  const named = await held();
  await named.cloud.client.send(
    new SendTaskFailureCommand({ taskToken: named.token, error: 'GateRejected', cause: 'not today' }),
  );
  expect(await named.cloud.end(named.arn)).toMatchObject({ error: 'GateRejected', cause: 'not today' });

  const nameless = await held({
    End: undefined,
    Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Seen' }],
    Next: 'Seen',
  });
  await nameless.cloud.client.send(new SendTaskFailureCommand({ taskToken: nameless.token }));
  const ended = await nameless.cloud.end(nameless.arn);
  expect(ended.output).toEqual({ Error: null, Cause: null });
  expect(ended.history[5]?.taskFailedEventDetails).toEqual({
    resource: 'invoke.waitForTaskToken',
    resourceType: 'lambda',
  });
});

test('nobody answers in time: States.Timeout, and an answer comes too late', async () => {
  const { cloud, arn, clock, token } = await held({
    End: undefined,
    TimeoutSeconds: 60,
    Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'Seen' }],
    Next: 'Seen',
  });
  await clock.untilSleeping(1);
  clock.advance(60_000);
  const ended = await cloud.end(arn);
  expect(ended.output).toEqual({ Error: 'States.Timeout', Cause: '' });
  expect(ended.history[5]).toMatchObject({
    type: 'TaskTimedOut',
    taskTimedOutEventDetails: { error: 'States.Timeout' },
  });
  await expect(succeed(cloud, token, '1')).rejects.toMatchObject({ name: 'TaskTimedOut' });
});

test('heartbeats keep a hold alive, and silence ends it by two names', async () => {
  const { cloud, arn, clock, token } = await held({
    End: undefined,
    HeartbeatSeconds: 10,
    TimeoutSeconds: 600,
    Catch: [{ ErrorEquals: ['States.HeartbeatTimeout'], Next: 'Seen' }],
    Next: 'Seen',
  });
  await clock.untilSleeping(2);
  clock.advance(8_000);
  await cloud.client.send(new SendTaskHeartbeatCommand({ taskToken: token }));
  clock.advance(2_000);
  await clock.untilSleeping(2);
  expect(clock.sleeping()).toEqual([8_000, 590_000]);
  clock.advance(8_000);
  expect((await cloud.end(arn)).output).toEqual({ Error: 'States.Timeout', Cause: '' });
});

test('each attempt has a token of its own, and the old one is worthless', async () => {
  const { cloud, arn, clock, tokens } = await held({
    TimeoutSeconds: 60,
    Retry: [{ ErrorEquals: ['States.Timeout'], IntervalSeconds: 1, MaxAttempts: 1 }],
  });
  await clock.untilSleeping(1);
  clock.advance(60_000);
  await cloud.event(arn, ({ type }) => type === 'TaskTimedOut');
  await clock.untilSleeping(1);
  clock.advance(1_000);
  await cloud.event(arn, ({ type }) => type === 'TaskSubmitted', 1);
  const [first = '', second = ''] = tokens;
  expect(second).not.toBe(first);
  await expect(succeed(cloud, first, '1')).rejects.toMatchObject({ name: 'TaskTimedOut' });
  await succeed(cloud, second, '2');
  expect((await cloud.end(arn)).output).toBe(2);
});

test('a token answers once', async () => {
  const { cloud, arn, token } = await held();
  await succeed(cloud, token, '1');
  await cloud.end(arn);
  await expect(succeed(cloud, token, '2')).rejects.toMatchObject({ name: 'TaskTimedOut' });
});

test('an answer before the waiting began is not lost, and there is no second one', async () => {
  const clock = new ManualClock();
  const answering: { cloud?: Stage } = {};
  const Ask = async (payload: unknown) => {
    if (answering.cloud === undefined) return;
    await succeed(answering.cloud, String(payload), '"early"');
    await expect(succeed(answering.cloud, String(payload), '2')).rejects.toMatchObject({
      name: 'TaskTimedOut',
    });
  };
  answering.cloud = await stage({ clock, functions: { Ask } });
  expect((await answering.cloud.runStates(hold())).output).toBe('early');
});

test('a text that is no token is invalid, and a token of another service is of no task here', async () => {
  const { cloud, token } = await held();
  await expect(succeed(cloud, 'guess', '1')).rejects.toMatchObject({ name: 'InvalidToken' });
  // Before anything is said of its output.
  await expect(succeed(cloud, 'guess', 'no JSON')).rejects.toMatchObject({ name: 'InvalidToken' });
  await expect(succeed(cloud, `${token.slice(0, -4)}AAAA`, '1')).rejects.toMatchObject({
    name: 'TaskDoesNotExist',
  });
});

test('an output that is no JSON is refused, and the task goes on waiting', async () => {
  const { cloud, arn, token } = await held();
  await expect(succeed(cloud, token, 'approve')).rejects.toMatchObject({ name: 'InvalidOutput' });
  await succeed(cloud, token, '"approve"');
  expect((await cloud.end(arn)).output).toBe('approve');
});

test('a token of an execution that was stopped is worthless', async () => {
  const { cloud, arn, token } = await held();
  await cloud.stop(arn);
  await cloud.end(arn);
  await expect(succeed(cloud, token, '1')).rejects.toMatchObject({ name: 'TaskTimedOut' });
});
