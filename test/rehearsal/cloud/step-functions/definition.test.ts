import { expect, test } from 'vitest';
import { parseDefinition } from '../../../../rehearsal/cloud/step-functions/definition/parse.ts';
import { invokes } from './stage.ts';

const refusal = async (definition: object): Promise<string> => {
  try {
    await parseDefinition(JSON.stringify({ QueryLanguage: 'JSONata', ...definition }));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'accepted';
};

const one = (state: object) => refusal({ StartAt: 'A', States: { A: state, Z: { Type: 'Succeed' } } });

/** The refusal of one state, which may lead to Z; a Z that is not reached is not what is asked. */
const stateRefusal = async (state: object): Promise<string> =>
  (await one(state)).replace(/(, )?SCHEMA_VALIDATION_FAILED: State 'Z' is not reachable at \/States\/Z/, '');

const processor = { StartAt: 'I', States: { I: { Type: 'Pass', End: true } } };
const lambda = 'arn:aws:states:::lambda:invoke';

test('a definition that uses everything is accepted', async () => {
  const everything = {
    Comment: 'all',
    TimeoutSeconds: 100,
    StartAt: 'Pass',
    States: {
      Pass: { Type: 'Pass', Comment: 'c', Output: 1, Assign: { a: 1 }, Next: 'Task' },
      Task: invokes('Work', {
        End: undefined,
        Next: 'Choice',
        TimeoutSeconds: '{% $a %}',
        HeartbeatSeconds: 1,
        Retry: [
          {
            ErrorEquals: ['E'],
            IntervalSeconds: 1,
            BackoffRate: 1,
            MaxAttempts: 0,
            MaxDelaySeconds: 9,
            JitterStrategy: 'FULL',
          },
          { ErrorEquals: ['States.ALL'] },
        ],
        Catch: [
          {
            ErrorEquals: ['States.ALL'],
            Next: 'Fail',
            Output: '{% $states.errorOutput %}',
            Assign: { b: 1 },
          },
        ],
      }),
      Choice: { Type: 'Choice', Choices: [{ Condition: '{%true%}', Next: 'Wait' }], Default: 'Map' },
      Wait: { Type: 'Wait', Timestamp: '2026-01-01T00:00:00.5+01:00', Next: 'Map' },
      Map: {
        Type: 'Map',
        Items: [1, '{% $a %}'],
        ItemSelector: { x: '{%\n  $states.input\n%}', empty: '' },
        ItemBatcher: { MaxItemsPerBatch: '{% 2 %}' },
        MaxConcurrency: '{% 2 %}',
        ToleratedFailurePercentage: 5,
        ToleratedFailureCount: 1,
        Label: 'Shards',
        ItemProcessor: { ...processor, ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } },
        Next: 'Parallel',
      },
      Parallel: {
        Type: 'Parallel',
        Branches: [{ StartAt: 'B', States: { B: { Type: 'Succeed' } } }],
        Arguments: { n: 1 },
        End: true,
      },
      Fail: { Type: 'Fail', Error: "{% 'e' %}", Cause: 'c' },
    },
  };
  expect(await refusal(everything)).toBe('accepted');
});

test.each(['ResultPath', 'InputPath', 'OutputPath', 'Parameters', 'ResultSelector', 'TimeoutSecondsPath'])(
  '%s is JSONPath and refused, naming state and field',
  async (field) => {
    const what = `The field '${field}' belongs to JSONPath and is not supported with QueryLanguage JSONata`;
    expect(await stateRefusal(invokes('Work', { [field]: '$.x' }))).toContain(
      `${what} at /States/A/${field}`,
    );
  },
);

test.each([undefined, 'JSONPath'])('QueryLanguage %s is refused', async (QueryLanguage) => {
  const definition = { QueryLanguage, StartAt: 'A', States: { A: { Type: 'Succeed' } } };
  expect(await refusal(definition)).toContain('The QueryLanguage must be JSONata');
});

test.each<[string, object, string]>([
  [
    'an unknown field',
    { Type: 'Pass', End: true, Colour: 1 },
    "The field 'Colour' is not supported at /States/A/Colour",
  ],
  [
    'an unknown type',
    { Type: 'Loop' },
    'should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map] at /States/A/Type',
  ],
  ['neither Next nor End', { Type: 'Pass' }, "A state must have either 'Next' or 'End': true at /States/A"],
  ['both Next and End', { Type: 'Pass', Next: 'Z', End: true }, "either 'Next' or 'End'"],
  ['a Next that is not there', { Type: 'Pass', Next: 'Y' }, "Missing 'Next' target: Y at /States/A/Next"],
  [
    'a Catch that leads nowhere',
    invokes('W', { Catch: [{ ErrorEquals: ['E'], Next: 'Y' }] }),
    'target: Y at /States/A/Catch[0]/Next',
  ],
  [
    'a Default that leads nowhere',
    { Type: 'Choice', Choices: [{ Condition: '{% true %}', Next: 'Z' }], Default: 'Y' },
    'at /States/A/Default',
  ],
  [
    'a Condition that is no expression',
    { Type: 'Choice', Choices: [{ Condition: 'true', Next: 'Z' }] },
    'at /States/A/Choices[0]/Condition',
  ],
  [
    'a JSONPath Choice',
    { Type: 'Choice', Choices: [{ Variable: '$.x', IsPresent: true, Next: 'Z' }] },
    "'Variable' belongs to JSONPath",
  ],
  [
    'States.ALL in company',
    invokes('W', { Retry: [{ ErrorEquals: ['E', 'States.ALL'] }] }),
    'must appear alone at /States/A/Retry[0]/ErrorEquals',
  ],
  [
    'States.ALL before others',
    invokes('W', {
      Catch: [
        { ErrorEquals: ['States.ALL'], Next: 'Z' },
        { ErrorEquals: ['E'], Next: 'Z' },
      ],
    }),
    'must be in the last rule',
  ],
  [
    'an unknown field of a retrier',
    invokes('W', { Retry: [{ ErrorEquals: ['E'], Jitter: 'FULL' }] }),
    'at /States/A/Retry[0]/Jitter',
  ],
  [
    'a heartbeat longer than the time-out',
    invokes('W', { TimeoutSeconds: 5, HeartbeatSeconds: 5 }),
    'HeartbeatSeconds must be smaller',
  ],
  ['a time-out of zero', invokes('W', { TimeoutSeconds: 0 }), 'at /States/A/TimeoutSeconds'],
  ['a Wait without a time', { Type: 'Wait', End: true }, 'exactly one of'],
  [
    'a Wait with two times',
    { Type: 'Wait', Seconds: 1, Timestamp: '2026-01-01T00:00:00Z', End: true },
    'exactly one of',
  ],
  ['a Timestamp without offset', { Type: 'Wait', Timestamp: '2026-01-01T00:00:00', End: true }, 'RFC3339'],
  ['a Parallel without branches', { Type: 'Parallel', Branches: [], End: true }, 'Value cannot be empty'],
  [
    'batches of an inline Map',
    { Type: 'Map', ItemProcessor: processor, ItemBatcher: { MaxItemsPerBatch: 2 }, End: true },
    'needs a ProcessorConfig with Mode DISTRIBUTED',
  ],
  [
    'EXPRESS children',
    {
      Type: 'Map',
      ItemProcessor: { ...processor, ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'EXPRESS' } },
      End: true,
    },
    'no other is imitated',
  ],
  [
    'an ItemReader',
    { Type: 'Map', ItemProcessor: processor, ItemReader: {}, End: true },
    "'ItemReader' is not supported",
  ],
  [
    'a Label with a space',
    {
      Type: 'Map',
      Label: 'a b',
      ItemProcessor: { ...processor, ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } },
      End: true,
    },
    'at /States/A/Label',
  ],
  [
    'an expression that does not parse',
    { Type: 'Pass', Output: '{% $x + %}', End: true },
    "The JSONata expression '$x +' does not parse: S0207",
  ],
  [
    'an expression that is not closed',
    { Type: 'Pass', Output: { a: '{% $x' }, End: true },
    'must begin with {% and end with %}, with nothing around them at /States/A/Output/a',
  ],
  [
    '$states.result in Pass',
    { Type: 'Pass', Output: '{% $states.result %}', End: true },
    '$states.result is not available here (input, context are) at /States/A/Output',
  ],
  [
    '$states.result in Arguments',
    invokes('W', { Arguments: { FunctionName: 'W', Payload: '{% $f($states.result.x) %}' } }),
    '$states.result is not available',
  ],
  [
    '$states.result in Catch',
    invokes('W', { Catch: [{ ErrorEquals: ['E'], Next: 'Z', Output: '{% $states.result %}' }] }),
    '$states.result is not available',
  ],
  [
    '$states.errorOutput in Output',
    invokes('W', { Output: '{% $states.errorOutput %}' }),
    '$states.errorOutput is not available',
  ],
  [
    '$states.inputs',
    { Type: 'Succeed', Output: '{% $states.inputs.x %}' },
    '$states.inputs is not available',
  ],
  ['a variable called states', { Type: 'Pass', Assign: { states: 1 }, End: true }, "'states' is reserved"],
  ['a part of a variable', { Type: 'Pass', Assign: { 'x.y': 1 }, End: true }, "'x.y' is no valid name"],
  ['Assign in Succeed', { Type: 'Succeed', Assign: { x: 1 } }, "'Assign' is not supported"],
  [
    'an unknown resource',
    { Type: 'Task', Resource: 'arn:aws:states:::sqs:sendMessage', End: true },
    'is not recognized',
  ],
  [
    '.sync in place of .sync:2',
    { Type: 'Task', Resource: 'arn:aws:states:::states:startExecution.sync', End: true },
    'is not recognized',
  ],
  [
    'an unknown service',
    { Type: 'Task', Resource: 'arn:aws:states:::aws-sdk:s3:getObject', End: true },
    'is not recognized',
  ],
  [
    'an unknown action',
    { Type: 'Task', Resource: 'arn:aws:states:::aws-sdk:dynamodb:eatItem', End: true },
    'dynamodb has no action eatItem',
  ],
  [
    'a parameter in camelCase',
    {
      Type: 'Task',
      Resource: 'arn:aws:states:::aws-sdk:sfn:sendTaskSuccess',
      Arguments: { taskToken: 'x' },
      End: true,
    },
    "'taskToken' is not supported at /States/A/Arguments/taskToken",
  ],
  [
    'a function without its name',
    { Type: 'Task', Resource: lambda, Arguments: { Payload: 1 }, End: true },
    "'FunctionName' is required",
  ],
  [
    'a parameter of Invoke that is not imitated',
    { Type: 'Task', Resource: lambda, Arguments: { FunctionName: 'W', InvocationType: 'Event' }, End: true },
    "'InvocationType' is not imitated",
  ],
])('%s is refused', async (_, state, message) => {
  expect(await stateRefusal(state)).toContain(message);
});

test('a StartAt that is not there is refused', async () => {
  expect(await refusal({ StartAt: 'B', States: { A: { Type: 'Succeed' } } })).toContain(
    "Missing 'Next' target: B at /StartAt",
  );
});

test('a state that nothing leads to is refused, also inside a Map', async () => {
  const inner = { StartAt: 'I', States: { I: { Type: 'Succeed' }, J: { Type: 'Succeed' } } };
  const message = await refusal({
    StartAt: 'M',
    States: { M: { Type: 'Map', ItemProcessor: inner, End: true } },
  });
  expect(message).toContain("State 'J' is not reachable at /States/M/ItemProcessor/States/J");
});

test('a circle without an end is refused', async () => {
  const States = { A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', Next: 'A' } };
  expect(await refusal({ StartAt: 'A', States })).toContain('No terminal state');
});

test('the same name in two scopes is refused', async () => {
  const branch = { StartAt: 'A', States: { A: { Type: 'Succeed' } } };
  const message = await refusal({
    StartAt: 'P',
    States: { P: { Type: 'Parallel', Branches: [branch, branch], End: true } },
  });
  expect(message).toContain('Duplicate state name: A at /States/P/Branches[1]/States/A');
});

const nested = (config: object, variable: string) => ({
  StartAt: 'A',
  States: {
    A: { Type: 'Pass', Assign: { x: 1 }, Next: 'M' },
    M: {
      Type: 'Map',
      ItemProcessor: {
        ...config,
        StartAt: 'I',
        States: { I: { Type: 'Pass', Assign: { [variable]: 1 }, End: true } },
      },
      End: true,
    },
  },
});

test('an inner scope may not take a name of an outer one; a distributed Map may', async () => {
  const config = { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } };
  expect(await refusal(nested({}, 'x'))).toContain("The variable 'x' is already assigned in an outer scope");
  expect(await refusal(nested({}, 'y'))).toBe('accepted');
  expect(await refusal(nested(config, 'x'))).toBe('accepted');
});

test('everything that is wrong is reported at once', async () => {
  const message = await refusal({
    StartAt: 'A',
    States: { A: { Type: 'Pass', Next: 'B', Output: '{% ( %}' } },
  });
  expect(message.match(/SCHEMA_VALIDATION_FAILED/g)).toHaveLength(3);
});

test('what is no JSON is refused', async () => {
  await expect(parseDefinition('{')).rejects.toMatchObject({ code: 'InvalidDefinition' });
});
