import {
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  RedriveExecutionCommand,
} from '@aws-sdk/client-sfn';
import { expect, test } from 'vitest';
import { ManualClock } from './clocks.ts';
import { functionFails, invokes, outline, stage, types, type Stage } from './stage.ts';

const redrive = (cloud: Stage, executionArn: string | undefined) =>
  cloud.client.send(new RedriveExecutionCommand({ executionArn }));

/** The second end of an execution. */
async function secondEnd(cloud: Stage, executionArn: string | undefined) {
  await redrive(cloud, executionArn);
  await cloud.event(
    executionArn ?? '',
    ({ type }) => /^Execution(Succeeded|Failed|Aborted)$/.test(type ?? ''),
    1,
  );
  return await cloud.end(executionArn ?? '');
}

test('a redrive goes on from the failed state, with its input and variables', async () => {
  const cloud = await stage({
    functions: { Work: (payload, call) => (call === 1 ? functionFails('E') : payload) },
  });
  const failed = await cloud.runStates(
    {
      Before: { Type: 'Pass', Assign: { x: 5 }, Output: 'in', Next: 'T' },
      T: invokes('Work', {
        Output: '{% [$states.result.Payload, $x, $states.context.Execution.RedriveCount] %}',
      }),
    },
    { ignored: 1 },
  );
  expect(failed).toMatchObject({ status: 'FAILED', redriveStatus: 'REDRIVABLE' });
  const ended = await secondEnd(cloud, failed.executionArn);
  expect(ended).toMatchObject({ status: 'SUCCEEDED', output: ['in', 5, 1], redriveCount: 1 });
  expect(outline(ended.history).slice(7)).toEqual([
    '8<7 ExecutionFailed',
    '9<8 ExecutionRedriven',
    '10<9 TaskScheduled',
    '11<10 TaskStarted',
    '12<11 TaskSucceeded',
    '13<12 TaskStateExited',
    '14<13 ExecutionSucceeded',
  ]);
  expect(ended.history[8]?.executionRedrivenEventDetails).toEqual({ redriveCount: 1 });
});

test('a Fail state fails again', async () => {
  const cloud = await stage();
  const failed = await cloud.runStates({ F: { Type: 'Fail', Error: 'E' } });
  const ended = await secondEnd(cloud, failed.executionArn);
  expect(types(ended.history).slice(3)).toEqual(['ExecutionRedriven', 'FailStateEntered', 'ExecutionFailed']);
});

test('retries are counted afresh', async () => {
  const cloud = await stage({ functions: { Work: () => functionFails('E') } });
  const failed = await cloud.runStates({
    T: invokes('Work', { Retry: [{ ErrorEquals: ['E'], MaxAttempts: 0 }] }),
  });
  await secondEnd(cloud, failed.executionArn);
  expect(cloud.calls).toHaveLength(2);
});

test('only the branches and iterations that failed or were aborted run again', async () => {
  const seen: unknown[] = [];
  const Work = (payload: unknown) => {
    seen.push(payload);
    return payload === 2 && seen.filter((one) => one === 2).length === 1 ? functionFails('E') : payload;
  };
  const cloud = await stage({ functions: { Work } });
  const ItemProcessor = {
    StartAt: 'T',
    States: { T: invokes('Work', { Output: '{% $states.result.Payload %}' }) },
  };
  const failed = await cloud.runStates({
    P: {
      Type: 'Parallel',
      Branches: [
        {
          StartAt: 'M',
          States: { M: { Type: 'Map', Items: [1, 2, 3], MaxConcurrency: 1, ItemProcessor, End: true } },
        },
      ],
      End: true,
    },
  });
  expect(failed.status).toBe('FAILED');
  const ended = await secondEnd(cloud, failed.executionArn);
  expect(ended.output).toEqual([[1, 2, 3]]);
  expect(seen).toEqual([1, 2, 2, 3]);
});

test('a distributed Map goes on with the same map run, and leaves the children that succeeded', async () => {
  const seen: unknown[] = [];
  const Work = (payload: unknown) => {
    seen.push(payload);
    return payload === 2 && seen.length === 2 ? functionFails('E') : payload;
  };
  const cloud = await stage({ functions: { Work } });
  const processor = {
    StartAt: 'T',
    States: { T: invokes('Work', { Output: '{% $states.result.Payload %}' }) },
  };
  const ProcessorConfig = { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' };
  const failed = await cloud.runStates({
    M: {
      Type: 'Map',
      Items: [1, 2, 3],
      MaxConcurrency: 1,
      ItemProcessor: { ...processor, ProcessorConfig },
      End: true,
    },
  });
  expect(failed.error).toBe('States.ExceedToleratedFailureThreshold');
  const ended = await secondEnd(cloud, failed.executionArn);
  expect(ended.output).toEqual([1, 2, 3]);
  expect(seen).toEqual([1, 2, 2, 3]);
  const redriven = ended.history.find(({ type }) => type === 'MapRunRedriven')?.mapRunRedrivenEventDetails;
  expect(redriven?.redriveCount).toBe(1);
  const run = await cloud.client.send(new DescribeMapRunCommand({ mapRunArn: redriven?.mapRunArn }));
  expect(run).toMatchObject({
    status: 'SUCCEEDED',
    redriveCount: 1,
    executionCounts: { succeeded: 3, total: 3 },
  });
});

test('a Wait that was stopped waits for what is left', async () => {
  const clock = new ManualClock();
  const cloud = await stage({ clock });
  const arn = await cloud.start(
    await cloud.create({ StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 60, End: true } } }),
  );
  await clock.untilSleeping(1);
  clock.advance(20_000);
  await cloud.stop(arn);
  await cloud.end(arn);
  await redrive(cloud, arn);
  await clock.untilSleeping(1);
  expect(clock.sleeping()).toEqual([40_000]);
});

test('what runs, what succeeded, and what is too old is not redriven', async () => {
  const clock = new ManualClock();
  const cloud = await stage({ clock });
  const refused = (arn: string | undefined) =>
    expect(redrive(cloud, arn)).rejects.toMatchObject({ name: 'ExecutionNotRedrivable' });
  const succeeded = await cloud.runStates({ S: { Type: 'Succeed' } });
  await refused(succeeded.executionArn);
  const running = await cloud.start(
    await cloud.create({ StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 60, End: true } } }),
  );
  await refused(running);
  const failed = await cloud.runStates({ F: { Type: 'Fail' } });
  clock.advance(14 * 24 * 3_600_000 + 1);
  await refused(failed.executionArn);
});

test('an execution without a failure tells REDRIVABLE and why not', async () => {
  const cloud = await stage();
  const { executionArn } = await cloud.runStates({ S: { Type: 'Succeed' } });
  const described = await cloud.client.send(new DescribeExecutionCommand({ executionArn }));
  expect(described.redriveStatus).toBe('NOT_REDRIVABLE');
});
