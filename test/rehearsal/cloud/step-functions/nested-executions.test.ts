import { expect, test } from 'vitest';
import { stage, types } from './stage.ts';

test('a nested execution gives its ARN at once', async () => {
  const cloud = await stage();
  const stateMachineArn = await cloud.create({ StartAt: 'S', States: { S: { Type: 'Succeed' } } }, 'nested');
  const ended = await cloud.runStates({
    Start: nested('', { StateMachineArn: stateMachineArn, Name: 'n1' }),
  });
  const StartDate: unknown = expect.any(String);
  expect(ended.output).toEqual({
    ExecutionArn: 'arn:aws:states:us-east-1:123456789012:execution:nested:n1',
    StartDate,
  });
});

test('.sync:2 waits for the nested execution and gives its output as JSON', async () => {
  const cloud = await stage();
  const stateMachineArn = await cloud.create(
    { StartAt: 'S', States: { S: { Type: 'Succeed', Output: { x: 1 } } } },
    'nested',
  );
  const Input = { parent: '{% $states.context.Execution.Id %}' };
  const ended = await cloud.runStates({
    Start: nested('.sync:2', { StateMachineArn: stateMachineArn, Input }),
  });
  expect(ended.output).toMatchObject({
    Status: 'SUCCEEDED',
    Output: { x: 1 },
    Input: { parent: ended.executionArn },
  });
  expect(types(ended.history).slice(2, 6)).toEqual([
    'TaskScheduled',
    'TaskStarted',
    'TaskSubmitted',
    'TaskSucceeded',
  ]);
});

test('.sync:2 fails as States.TaskFailed, whose cause describes the nested execution', async () => {
  const cloud = await stage();
  const stateMachineArn = await cloud.create(
    { StartAt: 'F', States: { F: { Type: 'Fail', Error: 'E', Cause: 'C' } } },
    'nested',
  );
  const ended = await cloud.runStates({ Start: nested('.sync:2', { StateMachineArn: stateMachineArn }) });
  expect(ended.error).toBe('States.TaskFailed');
  expect(JSON.parse(ended.cause ?? '')).toMatchObject({
    Status: 'FAILED',
    Error: 'E',
    Cause: 'C',
    Input: '{}',
  });
});

test('a nested execution whose parent was stopped is stopped too', async () => {
  const cloud = await stage();
  const stateMachineArn = await cloud.create(
    { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 999, End: true } } },
    'nested',
  );
  const start = nested('.sync:2', { StateMachineArn: stateMachineArn, Name: 'n1' });
  const arn = await cloud.start(await cloud.create({ StartAt: 'Start', States: { Start: start } }));
  await cloud.event(arn, ({ type }) => type === 'TaskSubmitted');
  await cloud.stop(arn);
  const child = await cloud.end('arn:aws:states:us-east-1:123456789012:execution:nested:n1');
  expect(child.status).toBe('ABORTED');
});

test('a nested machine that is not there is an error of StepFunctions', async () => {
  const cloud = await stage();
  const StateMachineArn = 'arn:aws:states:us-east-1:123456789012:stateMachine:gone';
  const ended = await cloud.runStates({ Start: nested('', { StateMachineArn }) });
  expect(ended.error).toBe('StepFunctions.StateMachineDoesNotExistException');
});

const nested = (pattern: string, Arguments: object) => ({
  Type: 'Task',
  Resource: `arn:aws:states:::states:startExecution${pattern}`,
  Arguments,
  End: true,
});
