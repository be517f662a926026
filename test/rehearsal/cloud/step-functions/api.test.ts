import {
  DeleteStateMachineCommand,
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  DescribeStateMachineForExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  paginateGetExecutionHistory,
  PublishStateMachineVersionCommand,
  CreateStateMachineCommand,
  StartExecutionCommand,
  StopExecutionCommand,
  UpdateStateMachineCommand,
} from '@aws-sdk/client-sfn';
import { expect, test } from 'vitest';
import { ROLE, stage } from './stage.ts';

const wait = { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 3600, End: true } } };
const done = { StartAt: 'S', States: { S: { Type: 'Succeed' } } };
const text = (definition: object) => JSON.stringify({ QueryLanguage: 'JSONata', ...definition });

test('a machine is described as it was created, and listed', async () => {
  const cloud = await stage();
  const stateMachineArn = await cloud.create(done, 'migration');
  expect(stateMachineArn).toBe('arn:aws:states:us-east-1:123456789012:stateMachine:migration');
  const described = await cloud.client.send(new DescribeStateMachineCommand({ stateMachineArn }));
  expect(described).toMatchObject({
    name: 'migration',
    definition: text(done),
    roleArn: ROLE,
    type: 'STANDARD',
    status: 'ACTIVE',
  });
  expect(described.creationDate).toBeInstanceOf(Date);
  const { stateMachines } = await cloud.client.send(new ListStateMachinesCommand({}));
  expect(stateMachines).toMatchObject([{ name: 'migration', stateMachineArn, type: 'STANDARD' }]);
});

test('the same machine may be created again, another of its name may not', async () => {
  const cloud = await stage();
  const arn = await cloud.create(done, 'm');
  expect(await cloud.create(done, 'm')).toBe(arn);
  await expect(cloud.create(wait, 'm')).rejects.toMatchObject({ name: 'StateMachineAlreadyExists' });
});

test('a bad definition, name, type or option is refused by name', async () => {
  const cloud = await stage();
  await expect(cloud.create({ StartAt: 'A', States: {} })).rejects.toMatchObject({
    name: 'InvalidDefinition',
  });
  await expect(cloud.create(done, 'a b')).rejects.toMatchObject({ name: 'InvalidName' });
  const create = (more: object) =>
    cloud.client.send(
      new CreateStateMachineCommand({ name: 'x', definition: text(done), roleArn: ROLE, ...more }),
    );
  await expect(create({ type: 'EXPRESS' })).rejects.toMatchObject({ name: 'ValidationException' });
  await expect(create({ publish: true })).rejects.toThrow('publish');
});

test('an update changes the machine, and nothing for an execution that runs', async () => {
  const cloud = await stage();
  const stateMachineArn = await cloud.create(wait);
  const executionArn = await cloud.start(stateMachineArn);
  const updated = await cloud.client.send(
    new UpdateStateMachineCommand({ stateMachineArn, definition: text(done) }),
  );
  expect(updated.revisionId).toBeDefined();
  const held = await cloud.client.send(new DescribeStateMachineForExecutionCommand({ executionArn }));
  expect(held.definition).toBe(text(wait));
  expect((await cloud.client.send(new DescribeExecutionCommand({ executionArn }))).status).toBe('RUNNING');
  expect((await cloud.end(await cloud.start(stateMachineArn))).status).toBe('SUCCEEDED');
  await expect(cloud.client.send(new UpdateStateMachineCommand({ stateMachineArn }))).rejects.toMatchObject({
    name: 'MissingRequiredParameter',
  });
});

test('the same name and input is the same execution while it runs', async () => {
  const cloud = await stage();
  const machine = await cloud.create(wait, 'm');
  const arn = await cloud.start(machine, { a: 1 }, 'run');
  expect(arn).toBe('arn:aws:states:us-east-1:123456789012:execution:m:run');
  expect(await cloud.start(machine, { a: 1 }, 'run')).toBe(arn);
  await expect(cloud.start(machine, { a: 2 }, 'run')).rejects.toMatchObject({
    name: 'ExecutionAlreadyExists',
  });
  await cloud.stop(arn);
  await expect(cloud.start(machine, { a: 1 }, 'run')).rejects.toMatchObject({
    name: 'ExecutionAlreadyExists',
  });
});

test('a bad start is refused by name', async () => {
  const cloud = await stage();
  const stateMachineArn = await cloud.create(done);
  const start = (more: object) => cloud.client.send(new StartExecutionCommand({ stateMachineArn, ...more }));
  await expect(start({ input: 'not json' })).rejects.toMatchObject({ name: 'InvalidExecutionInput' });
  await expect(start({ name: 'a/b' })).rejects.toMatchObject({ name: 'InvalidName' });
  await expect(start({ input: JSON.stringify('x'.repeat(262_144)) })).rejects.toMatchObject({
    name: 'ValidationException',
  });
  await expect(start({ stateMachineArn: `${stateMachineArn}x` })).rejects.toMatchObject({
    name: 'StateMachineDoesNotExist',
  });
  await expect(start({ stateMachineArn: 'm' })).rejects.toMatchObject({ name: 'InvalidArn' });
});

test('executions are listed newest first, by status if asked, in pages', async () => {
  const cloud = await stage();
  const stateMachineArn = await cloud.create(wait);
  const arns = [];
  for (const name of ['a', 'b', 'c']) arns.push(await cloud.start(stateMachineArn, {}, name));
  await cloud.stop(arns[1] ?? '');
  const list = (more: object) => cloud.client.send(new ListExecutionsCommand({ stateMachineArn, ...more }));
  const names = async (more: object) => (await list(more)).executions?.map(({ name }) => name);
  expect(await names({})).toEqual(['c', 'b', 'a']);
  expect(await names({ statusFilter: 'RUNNING' })).toEqual(['c', 'a']);
  const { nextToken } = await list({ maxResults: 2 });
  expect(await names({ maxResults: 2, nextToken })).toEqual(['a']);
  await expect(list({ maxResults: 1001 })).rejects.toMatchObject({ name: 'ValidationException' });
});

test('a history comes in pages, and backwards', async () => {
  const cloud = await stage();
  const { executionArn } = await cloud.run(done);
  const ids = [];
  for await (const page of paginateGetExecutionHistory(
    { client: cloud.client, pageSize: 2 },
    { executionArn },
  )) {
    ids.push((page.events ?? []).map(({ id }) => id));
  }
  expect(ids).toEqual([
    [1, 2],
    [3, 4],
  ]);
  const { events } = await cloud.client.send(
    new GetExecutionHistoryCommand({ executionArn, reverseOrder: true }),
  );
  expect(events?.map(({ id }) => id)).toEqual([4, 3, 2, 1]);
});

test('a stopped execution is ABORTED, with the reason it was given', async () => {
  const cloud = await stage();
  const executionArn = await cloud.start(await cloud.create(wait));
  await cloud.event(executionArn, ({ type }) => type === 'WaitStateEntered');
  const { stopDate } = await cloud.client.send(
    new StopExecutionCommand({ executionArn, error: 'Operator', cause: 'enough' }),
  );
  expect(stopDate).toBeInstanceOf(Date);
  const ended = await cloud.end(executionArn);
  expect(ended).toMatchObject({ status: 'ABORTED', error: 'Operator', cause: 'enough' });
  expect(ended.history.at(-1)).toMatchObject({
    type: 'ExecutionAborted',
    previousEventId: 0,
    executionAbortedEventDetails: { error: 'Operator', cause: 'enough' },
  });
});

test('a described execution says what came out of it', async () => {
  const cloud = await stage();
  const ended = await cloud.run(done, { a: 1 });
  expect(
    await cloud.client.send(new DescribeExecutionCommand({ executionArn: ended.executionArn })),
  ).toMatchObject({
    status: 'SUCCEEDED',
    input: '{"a":1}',
    inputDetails: { included: true },
    output: '{"a":1}',
    outputDetails: { included: true },
    redriveCount: 0,
    redriveStatus: 'NOT_REDRIVABLE',
    redriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
  });
});

test('executions that are not there are refused by name', async () => {
  const cloud = await stage();
  const describe = (executionArn: string) =>
    cloud.client.send(new DescribeExecutionCommand({ executionArn }));
  await expect(describe('arn:aws:states:us-east-1:123456789012:execution:m:x')).rejects.toMatchObject({
    name: 'ExecutionDoesNotExist',
  });
  await expect(describe('x')).rejects.toMatchObject({ name: 'InvalidArn' });
});

test('a deleted machine starts nothing more, and is gone when its executions are', async () => {
  const cloud = await stage();
  const stateMachineArn = await cloud.create(wait);
  const executionArn = await cloud.start(stateMachineArn);
  await cloud.client.send(new DeleteStateMachineCommand({ stateMachineArn }));
  await expect(cloud.start(stateMachineArn)).rejects.toMatchObject({ name: 'StateMachineDeleting' });
  await cloud.stop(executionArn);
  await cloud.end(executionArn);
  await expect(cloud.start(stateMachineArn)).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' });
});

test('an operation that is not imitated is unknown', async () => {
  const cloud = await stage();
  const stateMachineArn = await cloud.create(done);
  await expect(
    cloud.client.send(new PublishStateMachineVersionCommand({ stateMachineArn })),
  ).rejects.toMatchObject({
    name: 'UnknownOperationException',
  });
});
