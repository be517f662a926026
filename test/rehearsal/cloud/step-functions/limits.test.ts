import { once } from 'node:events';
import { expect, test } from 'vitest';
import { ManualClock } from './clocks.ts';
import { invokes, stage, types } from './stage.ts';

const LARGE = 'x'.repeat(262_143);

test("an answer of Lambda's larger than 256 KiB fails its task, and States.ALL catches it", async () => {
  const cloud = await stage({ functions: { Work: () => LARGE } });
  const ended = await cloud.runStates({
    T: invokes('Work', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Seen' }] }),
    Seen: { Type: 'Succeed', Output: '{% $states.input %}' },
  });
  expect(ended).toMatchObject({
    status: 'SUCCEEDED',
    output: {
      Error: 'States.DataLimitExceeded',
      Cause:
        "The state/task 'lambda' returned a result with a size exceeding the maximum number of bytes service limit.",
    },
  });
  expect(types(ended.history)).toContain('TaskFailed');
});

test('it is caught by its own name', async () => {
  const cloud = await stage({ functions: { Work: () => LARGE } });
  const ended = await cloud.runStates({
    T: invokes('Work', { Catch: [{ ErrorEquals: ['States.DataLimitExceeded'], Next: 'Seen' }] }),
    Seen: { Type: 'Succeed', Output: 'seen' },
  });
  expect(ended.output).toBe('seen');
});

test('an output larger than 256 KiB fails its state', async () => {
  const cloud = await stage();
  const ended = await cloud.runStates({
    P: { Type: 'Pass', Output: "{% $pad('', 262143, 'x') %}", End: true },
  });
  expect(ended.error).toBe('States.DataLimitExceeded');
  expect(ended.cause).toContain("'P'");
});

test('characters are counted in bytes', async () => {
  const cloud = await stage();
  const ended = await cloud.runStates({
    P: { Type: 'Pass', Output: "{% $pad('', 131072, 'é') %}", End: true },
  });
  expect(ended.error).toBe('States.DataLimitExceeded');
});

const large = (name: string) => ({
  StartAt: name,
  States: { [name]: { Type: 'Pass', Output: "{% $pad('', 200000, 'x') %}", End: true } },
});

test('the outputs of branches are limited together', async () => {
  const cloud = await stage();
  const ended = await cloud.runStates({
    P: { Type: 'Parallel', Branches: [large('A'), large('B')], End: true },
  });
  expect(ended.error).toBe('States.DataLimitExceeded');
});

const spin = { Type: 'Choice', Choices: [{ Condition: '{% false %}', Next: 'Out' }], Default: 'Spin' };

test('event 25,000 is the end, whatever the definition catches', async () => {
  const cloud = await stage();
  const ended = await cloud.runStates({
    P: {
      Type: 'Parallel',
      Branches: [{ StartAt: 'Spin', States: { Spin: spin, Out: { Type: 'Succeed' } } }],
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Seen' }],
      End: true,
    },
    Seen: { Type: 'Succeed' },
  });
  expect(ended).toMatchObject({ status: 'FAILED', error: 'States.Runtime', redriveStatus: 'NOT_REDRIVABLE' });
  expect(ended.cause).toContain('maximum number of history events (25000)');
  expect(cloud.records()).toHaveLength(25_000);
  expect(cloud.records().at(-1)?.event).toMatchObject({ id: 25_000, type: 'ExecutionFailed' });
});

test('a time limit on the machine ends it as TIMED_OUT, however deep it waits', async () => {
  const clock = new ManualClock();
  const cloud = await stage({ clock });
  const ItemProcessor = { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 999, End: true } } };
  const States = {
    M: {
      Type: 'Map',
      Items: [1],
      ItemProcessor,
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'S' }],
      Next: 'S',
    },
    S: { Type: 'Succeed' },
  };
  const arn = await cloud.start(await cloud.create({ TimeoutSeconds: 60, StartAt: 'M', States }));
  await clock.untilSleeping(2);
  clock.advance(60_000);
  const ended = await cloud.end(arn);
  expect(ended.status).toBe('TIMED_OUT');
  expect(ended.history.at(-1)?.type).toBe('ExecutionTimedOut');
});

test('a task that timed out does not stop its function', async () => {
  const clock = new ManualClock();
  const gate = new AbortController();
  let ran = false;
  const Work = async () => {
    await once(gate.signal, 'abort');
    ran = true;
  };
  const cloud = await stage({ clock, functions: { Work } });
  const arn = await cloud.start(
    await cloud.create({ StartAt: 'T', States: { T: invokes('Work', { TimeoutSeconds: 5 }) } }),
  );
  await clock.untilSleeping(1);
  clock.advance(5_000);
  expect((await cloud.end(arn)).error).toBe('States.Timeout');
  gate.abort();
  await new Promise((resolve) => setImmediate(resolve));
  expect(ran).toBe(true);
});

test('closing ends everything: waits, holds, functions, children', async () => {
  const cloud = await stage({ functions: { Work: () => new Promise(() => undefined) } });
  const forever = { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 99_999, End: true } } };
  const busy = { StartAt: 'T', States: { T: invokes('Work') } };
  const arns = [await cloud.start(await cloud.create(forever)), await cloud.start(await cloud.create(busy))];
  await cloud.close();
  const ends = cloud.records().filter(({ event }) => event.type === 'ExecutionAborted');
  expect(ends.map(({ executionArn }) => executionArn).toSorted()).toEqual(arns.toSorted());
});
