import {
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  ListExecutionsCommand,
  ListMapRunsCommand,
} from '@aws-sdk/client-sfn';
import { expect, test } from 'vitest';
import { functionFails, invokes, outline, stage, types } from './stage.ts';

const DISTRIBUTED = { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' };
const item = (states: Readonly<Record<string, object>>) => ({
  StartAt: Object.keys(states)[0],
  States: states,
});
const pass = { Inner: { Type: 'Pass', End: true } };
const map = (more: object) => ({ M: { Type: 'Map', ItemProcessor: item(pass), End: true, ...more } });
const distributed = (states: Readonly<Record<string, object>>, more: object = {}) =>
  map({ ItemProcessor: { ...item(states), ProcessorConfig: DISTRIBUTED }, ...more });

test('ItemSelector sees the item and its index, and the state beside it', async () => {
  const cloud = await stage();
  const ended = await cloud.runStates(
    map({
      Items: '{% $states.input.list %}',
      ItemSelector: {
        i: '{% $states.context.Map.Item.Index %}',
        v: '{% $states.context.Map.Item.Value %}',
        name: '{% $states.input.name %}',
      },
      Output: { all: '{% $states.result %}' },
    }),
    { list: ['a', 'b'], name: 'N' },
  );
  expect(ended.output).toEqual({
    all: [
      { i: 0, v: 'a', name: 'N' },
      { i: 1, v: 'b', name: 'N' },
    ],
  });
});

test('outputs keep the order of the items, whoever is done first', async () => {
  const gates: (() => void)[] = [];
  const Work = (payload: unknown) => new Promise((done) => gates.push(() => done(payload)));
  const cloud = await stage({ functions: { Work } });
  const machine = await cloud.create({
    StartAt: 'M',
    States: map({
      Items: [1, 2, 3],
      ItemProcessor: item({ T: invokes('Work', { Output: '{% $states.result.Payload %}' }) }),
    }),
  });
  const arn = await cloud.start(machine);
  await cloud.event(arn, ({ type }) => type === 'TaskStarted', 2);
  for (const open of gates.toReversed()) open();
  expect((await cloud.end(arn)).output).toEqual([1, 2, 3]);
});

test('MaxConcurrency bounds how many iterate at once', async () => {
  let running = 0;
  let most = 0;
  const Work = async () => {
    most = Math.max(most, ++running);
    await new Promise((done) => setImmediate(done));
    running -= 1;
  };
  const cloud = await stage({ functions: { Work } });
  const Items = '{% $range(1, 50, 1) %}';
  const ItemProcessor = item({ T: invokes('Work') });
  await cloud.runStates(map({ Items, ItemProcessor, MaxConcurrency: '{% 1 + 2 %}' }));
  expect(most).toBe(3);
  most = 0;
  await cloud.runStates(map({ Items, ItemProcessor }));
  expect(most).toBe(40);
});

test.each([
  ['{% 1 %}', "Expected 'array', but was 'number' for value: 1"],
  ["{% {'a': 1} %}", "Expected 'array', but was 'object' for value: {\"a\":1}"],
])('Items %s is an evaluation error and fails the Map', async (Items, message) => {
  const cloud = await stage();
  const ended = await cloud.runStates(map({ Items }));
  expect(outline(ended.history).slice(2)).toEqual([
    '3<0 EvaluationFailed',
    '4<3 MapStateFailed',
    '5<4 ExecutionFailed',
  ]);
  expect(ended.cause).toContain(message);
});

test('without Items the input must be an array', async () => {
  const cloud = await stage();
  const ended = await cloud.runStates(map({}), { foo: 'bar' });
  expect(ended.error).toBe('States.QueryEvaluationError');
  expect(ended.cause).toContain('Map state input must be an array but was: {"foo":"bar"}');
  expect(ended.history.at(-3)?.evaluationFailedEventDetails).not.toHaveProperty('location');
});

test('a tolerance of an inline Map is taken, and tolerates nothing', async () => {
  const cloud = await stage();
  const fails = { F: { Type: 'Fail' } };
  const processor = { StartAt: 'F', States: fails };
  const ended = await cloud.runStates({
    M: { Type: 'Map', Items: [1, 2], ToleratedFailureCount: 2, ItemProcessor: processor, End: true },
  });
  expect(ended.status).toBe('FAILED');
});

test('a distributed Map gives its outputs in order and keeps its own history short', async () => {
  const cloud = await stage();
  const ended = await cloud.runStates(distributed(pass, { Items: [3, 1, 2], Label: 'Shards' }));
  expect(ended.output).toEqual([3, 1, 2]);
  expect(outline(ended.history).slice(1)).toEqual([
    '2<0 MapStateEntered',
    '3<2 MapStateStarted',
    '4<3 MapRunStarted',
    '5<4 MapRunSucceeded',
    '6<5 MapStateSucceeded',
    '7<4 MapStateExited',
    '8<7 ExecutionSucceeded',
  ]);
});

test('each child of a distributed Map is an execution with its own history', async () => {
  const cloud = await stage();
  const ended = await cloud.runStates(distributed(pass, { Items: ['a', 'b'], Label: 'Shards' }));
  const mapRunArn = ended.history[3]?.mapRunStartedEventDetails?.mapRunArn ?? '';
  expect(mapRunArn).toMatch(/^arn:aws:states:us-east-1:123456789012:mapRun:machine1\/Shards:[0-9a-f-]{36}$/);
  const { executions = [] } = await cloud.client.send(new ListExecutionsCommand({ mapRunArn }));
  expect(executions).toHaveLength(2);
  const arn = executions[1]?.executionArn ?? '';
  expect(arn).toMatch(/^arn:aws:states:us-east-1:123456789012:execution:machine1\/Shards:[0-9a-f-]{36}$/);
  expect(await cloud.client.send(new DescribeExecutionCommand({ executionArn: arn }))).toMatchObject({
    input: '"a"',
    output: '"a"',
    mapRunArn,
    status: 'SUCCEEDED',
    stateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:machine1/Shards',
  });
  expect(types(await cloud.history(arn))).toEqual([
    'ExecutionStarted',
    'PassStateEntered',
    'PassStateExited',
    'ExecutionSucceeded',
  ]);
  const { executions: roots } = await cloud.client.send(
    new ListExecutionsCommand({ stateMachineArn: ended.stateMachineArn }),
  );
  expect(roots).toHaveLength(1);
});

test('a map run tells its counts', async () => {
  const cloud = await stage({ functions: { Work: (n) => (n === 2 ? functionFails('E') : n) } });
  const ended = await cloud.runStates(
    distributed(
      { T: invokes('Work') },
      { Items: [1, 2, 3], MaxConcurrency: 1, ToleratedFailureCount: '{% 1 %}' },
    ),
  );
  expect(ended.status).toBe('SUCCEEDED');
  expect(ended.output).toHaveLength(2);
  const { mapRuns = [] } = await cloud.client.send(
    new ListMapRunsCommand({ executionArn: ended.executionArn }),
  );
  expect(mapRuns).toHaveLength(1);
  const run = await cloud.client.send(new DescribeMapRunCommand({ mapRunArn: mapRuns[0]?.mapRunArn }));
  expect(run).toMatchObject({
    status: 'SUCCEEDED',
    maxConcurrency: 1,
    toleratedFailureCount: 1,
    itemCounts: { succeeded: 2, failed: 1, total: 3, pending: 0, running: 0, aborted: 0, timedOut: 0 },
    executionCounts: { succeeded: 2, failed: 1, total: 3 },
  });
});

test('one failure more than tolerated ends the map run and stops the children that still run', async () => {
  const cloud = await stage({
    functions: { Work: (n) => (n === 0 ? new Promise(() => undefined) : functionFails('E')) },
  });
  const ended = await cloud.runStates({
    ...distributed(
      { T: invokes('Work') },
      { Items: [0, 1], Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Seen' }] },
    ),
    Seen: { Type: 'Succeed' },
  });
  expect(types(ended.history).slice(2, 6)).toEqual([
    'MapStateStarted',
    'MapRunStarted',
    'MapRunFailed',
    'MapStateFailed',
  ]);
  expect(ended.output).toEqual({
    Error: 'States.ExceedToleratedFailureThreshold',
    Cause: 'The specified tolerated failure threshold was exceeded',
  });
  const mapRunArn = ended.history[3]?.mapRunStartedEventDetails?.mapRunArn ?? '';
  const run = await cloud.client.send(new DescribeMapRunCommand({ mapRunArn }));
  expect(run).toMatchObject({ status: 'FAILED', itemCounts: { failed: 1, aborted: 1 } });
});

test.each([
  [50, 'SUCCEEDED'],
  [49.9, 'FAILED'],
])('with %d %% tolerated, half of the items failing makes it %s', async (percentage, status) => {
  const cloud = await stage({ functions: { Work: (n) => (n === 1 ? functionFails('E') : n) } });
  const ended = await cloud.runStates(
    distributed({ T: invokes('Work') }, { Items: [0, 1], ToleratedFailurePercentage: percentage }),
  );
  expect(ended.status).toBe(status);
});

test('ItemBatcher gives each child several items, and what they share', async () => {
  const cloud = await stage();
  const ItemBatcher = { MaxItemsPerBatch: 2, BatchInput: { run: '{% $states.input.run %}' } };
  const Items = '{% $range(1, 5, 1) %}';
  const ended = await cloud.runStates(distributed(pass, { Items, ItemBatcher }), { run: 7 });
  expect(ended.output).toEqual([
    { BatchInput: { run: 7 }, Items: [1, 2] },
    { BatchInput: { run: 7 }, Items: [3, 4] },
    { BatchInput: { run: 7 }, Items: [5] },
  ]);
});

test('stopping the execution stops the children of its distributed Map', async () => {
  const cloud = await stage({ functions: { Work: () => new Promise(() => undefined) } });
  const machine = await cloud.create({
    StartAt: 'M',
    States: distributed({ T: invokes('Work') }, { Items: [1] }),
  });
  const arn = await cloud.start(machine);
  const started = await cloud.event(arn, ({ type }) => type === 'MapRunStarted');
  const mapRunArn = started.mapRunStartedEventDetails?.mapRunArn ?? '';
  const { executions = [] } = await cloud.client.send(new ListExecutionsCommand({ mapRunArn }));
  await cloud.stop(arn);
  const child = await cloud.end(executions[0]?.executionArn ?? '');
  expect(child.status).toBe('ABORTED');
  expect((await cloud.client.send(new DescribeMapRunCommand({ mapRunArn }))).status).toBe('ABORTED');
});
