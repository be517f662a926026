import { expect, test } from 'vitest';
import { LeapingClock, ManualClock } from './clocks.ts';
import { functionFails, invokes, outline, stage } from './stage.ts';

test('Pass hands its input on, or what Output says', async () => {
  const cloud = await stage();
  const ended = await cloud.runStates(
    {
      A: { Type: 'Pass', Next: 'B' },
      B: { Type: 'Pass', Output: { n: '{% $states.input.n + 1 %}', c: [1, null] }, End: true },
    },
    { n: 1 },
  );
  expect(ended.status).toBe('SUCCEEDED');
  expect(ended.output).toEqual({ n: 2, c: [1, null] });
});

test('a string that only contains braces is no expression', async () => {
  const cloud = await stage();
  const ended = await cloud.runStates({ A: { Type: 'Pass', Output: ' {% $states.input %} ', End: true } });
  expect(ended.output).toBe(' {% $states.input %} ');
});

test('Succeed ends the execution with its Output', async () => {
  const cloud = await stage();
  const ended = await cloud.runStates(
    { A: { Type: 'Succeed', Output: '{% $states.input.x %}' } },
    { x: [1, 2] },
  );
  expect(ended.output).toEqual([1, 2]);
});

test('Fail gives Error and Cause, which may be expressions', async () => {
  const cloud = await stage();
  const ended = await cloud.runStates(
    { A: { Type: 'Fail', Error: "{% 'E' & $states.input.n %}", Cause: 'because' } },
    { n: 7 },
  );
  expect(ended).toMatchObject({ status: 'FAILED', error: 'E7', cause: 'because' });
  expect(outline(ended.history)).toEqual([
    '1<0 ExecutionStarted',
    '2<0 FailStateEntered',
    '3<2 ExecutionFailed',
  ]);
});

test('a Fail without Error and Cause fails without them', async () => {
  const cloud = await stage();
  const ended = await cloud.runStates({ A: { Type: 'Fail' } });
  expect(ended.history[2]?.executionFailedEventDetails).toEqual({});
});

test('Choice follows the first rule that holds, with its Output and Assign', async () => {
  const cloud = await stage();
  const states = {
    C: {
      Type: 'Choice',
      Choices: [
        { Condition: '{% $states.input.n > 10 %}', Next: 'Show', Output: 'big', Assign: { size: 'L' } },
        { Condition: '{% $states.input.n > 5 %}', Next: 'Show', Output: 'middle', Assign: { size: 'M' } },
      ],
      Default: 'Show',
      Output: 'small',
      Assign: { size: 'S' },
    },
    Show: { Type: 'Pass', Output: { text: '{% $states.input %}', size: '{% $size %}' }, End: true },
  };
  expect((await cloud.runStates(states, { n: 11 })).output).toEqual({ text: 'big', size: 'L' });
  expect((await cloud.runStates(states, { n: 6 })).output).toEqual({ text: 'middle', size: 'M' });
  expect((await cloud.runStates(states, { n: 1 })).output).toEqual({ text: 'small', size: 'S' });
});

test('a Choice without Default and without a match fails by name', async () => {
  const cloud = await stage();
  const ended = await cloud.runStates({
    C: { Type: 'Choice', Choices: [{ Condition: '{% false %}', Next: 'S' }] },
    S: { Type: 'Succeed' },
  });
  expect(ended.error).toBe('States.NoChoiceMatched');
});

test('a Condition that is no boolean is an evaluation error', async () => {
  const cloud = await stage();
  const ended = await cloud.runStates({
    C: { Type: 'Choice', Choices: [{ Condition: "{% 'yes' %}", Next: 'S' }], Default: 'S' },
    S: { Type: 'Succeed' },
  });
  expect(ended.error).toBe('States.QueryEvaluationError');
  expect(ended.cause).toContain("Expected 'boolean', but was 'string' for value: \"yes\"");
});

test('Wait waits for Seconds, literal or computed', async () => {
  const clock = new ManualClock();
  const cloud = await stage({ clock });
  const states = { W: { Type: 'Wait', Seconds: '{% $states.input.s %}', End: true } };
  const arn = await cloud.start(await cloud.create({ StartAt: 'W', States: states }), { s: 30 });
  await clock.untilSleeping(1);
  expect(clock.sleeping()).toEqual([30_000]);
  clock.advance(30_000);
  expect((await cloud.end(arn)).status).toBe('SUCCEEDED');
});

test('Wait waits until a Timestamp with any offset, and not at all for one that has passed', async () => {
  const clock = new LeapingClock();
  const cloud = await stage({ clock });
  await cloud.runStates({ W: { Type: 'Wait', Timestamp: '2026-11-21T12:00:05+02:00', End: true } });
  await cloud.runStates(
    { W: { Type: 'Wait', Timestamp: '{% $states.input.t %}', End: true } },
    { t: '2020-01-01T00:00:00Z' },
  );
  expect(clock.slept).toEqual([5_000, 0]);
});

test.each([
  ['Seconds', '{% -1 %}'],
  ['Seconds', '{% 1.5 %}'],
  ['Seconds', "{% 'soon' %}"],
  ['Timestamp', "{% 'tomorrow' %}"],
  ['Timestamp', "{% '2016-13-05T21:29:29Z' %}"],
  ['Timestamp', '{% 12 %}'],
])('a Wait refuses %s %s when it comes to it', async (field, value) => {
  const cloud = await stage();
  const ended = await cloud.runStates({ W: { Type: 'Wait', [field]: value, End: true } });
  expect(ended.error).toBe('States.QueryEvaluationError');
  expect(ended.history.at(-2)?.evaluationFailedEventDetails).toMatchObject({ location: field, state: 'W' });
});

test.each([
  ["{% 'tomorrow' %}", 2],
  ['{% 12 %}', 0],
])('that the Timestamp %s is refused follows event %i', async (Timestamp, previousEventId) => {
  const cloud = await stage();
  const ended = await cloud.runStates({ W: { Type: 'Wait', Timestamp, End: true } });
  expect(ended.history.at(-2)).toMatchObject({ type: 'EvaluationFailed', previousEventId });
});

test('a Condition may be true or false', async () => {
  const cloud = await stage();
  const ended = await cloud.runStates({
    C: {
      Type: 'Choice',
      Choices: [
        { Condition: false, Next: 'Wrong' },
        { Condition: true, Next: 'Right' },
      ],
    },
    Wrong: { Type: 'Fail' },
    Right: { Type: 'Pass', End: true },
  });
  expect(ended.status).toBe('SUCCEEDED');
});

test('a Task gives what lambda:invoke gives, with what the SDK says of the answer', async () => {
  const cloud = await stage({ functions: { Work: (payload) => ({ got: payload }) } });
  const ended = await cloud.runStates({ T: invokes('Work') }, { a: 1 });
  const requestId: unknown = expect.stringMatching(/^[0-9a-f-]{36}$/u);
  const headers = {
    'Content-Length': '15',
    'Content-Type': 'application/json',
    'x-amzn-RequestId': requestId,
  };
  expect(ended.output).toEqual({
    ExecutedVersion: '$LATEST',
    Payload: { got: { a: 1 } },
    SdkHttpMetadata: {
      AllHttpHeaders: expect.objectContaining({ 'Content-Length': ['15'], 'x-amzn-RequestId': [requestId] }),
      HttpHeaders: expect.objectContaining(headers),
      HttpStatusCode: 200,
    },
    SdkResponseMetadata: { RequestId: requestId },
    StatusCode: 200,
  });
  expect(cloud.calls).toEqual(['arn:aws:lambda:us-east-1:123456789012:function:Work']);
});

test('a function may be named by ARN, version and qualifier', async () => {
  const cloud = await stage({ functions: { Work: () => 1 } });
  const arn = 'arn:aws:lambda:us-east-1:123456789012:function:Work:42';
  expect((await cloud.runStates({ T: invokes(arn) })).output).toMatchObject({ ExecutedVersion: '42' });
  const qualified = { ...invokes('Work'), Arguments: { FunctionName: 'Work', Qualifier: 'live' } };
  expect((await cloud.runStates({ T: qualified })).output).toMatchObject({ ExecutedVersion: 'live' });
  expect(cloud.calls).toEqual([arn, 'arn:aws:lambda:us-east-1:123456789012:function:Work:live']);
});

test('a Task without Arguments sends an empty object', async () => {
  const cloud = await stage({ functions: { Work: (payload) => payload } });
  const Resource = 'arn:aws:lambda:us-east-1:123456789012:function:Work';
  const ended = await cloud.runStates({ T: { Type: 'Task', Resource, End: true } }, { ignored: true });
  expect(ended.output).toEqual({});
});

test('Output and Assign see the result, and Output does not see what Assign assigns', async () => {
  const cloud = await stage({ functions: { Work: () => 5 } });
  const ended = await cloud.runStates({
    Before: { Type: 'Pass', Assign: { x: 1 }, Next: 'T' },
    T: invokes('Work', {
      End: undefined,
      Next: 'After',
      Output: '{% [$states.result.Payload, $x] %}',
      Assign: { x: '{% $states.result.Payload %}' },
    }),
    After: { Type: 'Pass', Output: { before: '{% $states.input %}', x: '{% $x %}' }, End: true },
  });
  expect(ended.output).toEqual({ before: [5, 1], x: 5 });
});

const branch = (name: string, output: unknown) => ({
  StartAt: name,
  States: { [name]: { Type: 'Pass', Output: output, End: true } },
});

test('Parallel gives the outputs of its branches in order', async () => {
  const cloud = await stage();
  const ended = await cloud.runStates(
    {
      P: {
        Type: 'Parallel',
        Arguments: { n: '{% $states.input.n * 2 %}' },
        Branches: [branch('One', '{% $states.input.n %}'), branch('Two', '{% $states.input.n + 1 %}')],
        Output: { both: '{% $states.result %}', from: '{% $states.input.n %}' },
        End: true,
      },
    },
    { n: 4 },
  );
  expect(ended.output).toEqual({ both: [8, 9], from: 4 });
});

test('a failed branch fails its Parallel, which may catch', async () => {
  const cloud = await stage({ functions: { Work: () => functionFails('Broken') } });
  const ended = await cloud.runStates({
    P: {
      Type: 'Parallel',
      Branches: [{ StartAt: 'T', States: { T: invokes('Work') } }],
      Catch: [
        { ErrorEquals: ['Broken'], Next: 'Caught', Assign: { why: '{% $states.errorOutput.Error %}' } },
      ],
      End: true,
    },
    Caught: { Type: 'Pass', Output: '{% $why %}', End: true },
  });
  expect(ended.output).toBe('Broken');
});
