import { describe, expect, test } from 'vitest';
import { compileEventPattern } from '../../../rehearsal/cloud/event-pattern.ts';
import { createEventBus, type EventRule, type EventTarget } from '../../../rehearsal/cloud/events.ts';

const event = {
  source: 'aws.cloudwatch',
  'detail-type': 'CloudWatch Alarm State Change',
  resources: ['arn:a', 'arn:b'],
  detail: { alarmName: 'underpin-errors', state: { value: 'ALARM' }, level: 7, muted: null },
};
const machine = 'arn:aws:states:us-east-1:123456789012:stateMachine:breach';

describe('an event pattern', () => {
  test.each([
    [true, { source: ['aws.cloudwatch'], detail: { state: { value: ['ALARM'] } } }],
    [false, { source: ['aws.cloudwatch'], detail: { state: { value: ['OK'] } } }],
    [true, { detail: { state: { value: ['OK', 'ALARM'] } } }],
    [false, { detail: { state: ['ALARM'] } }],
    [true, { resources: ['arn:b'] }],
    [false, { resources: ['arn:c'] }],
    [true, { detail: { muted: [null] } }],
    [false, { detail: { level: ['7'] } }],
    [true, { detail: { alarmName: [{ prefix: 'underpin-' }] } }],
    [false, { detail: { alarmName: [{ prefix: 'other-' }] } }],
    [true, { detail: { alarmName: [{ 'anything-but': ['other'] }] } }],
    [false, { detail: { alarmName: [{ 'anything-but': 'underpin-errors' }] } }],
    [false, { detail: { alarmName: [{ 'anything-but': { prefix: 'under' } }] } }],
    [false, { detail: { absent: [{ 'anything-but': 'x' }] } }],
    [true, { detail: { absent: [{ exists: false }], level: [{ exists: true }] } }],
    [false, { detail: { level: [{ exists: false }] } }],
    [true, { detail: { level: [{ numeric: ['>', 5, '<=', 7] }] } }],
    [false, { detail: { level: [{ numeric: ['=', 8] }] } }],
    [true, { detail: { level: [1, { numeric: ['<', 10] }] } }],
  ])('%s for %j', (fits, pattern) => {
    expect(compileEventPattern(pattern)(event)).toBe(fits);
  });

  test.each([
    {},
    [],
    { source: 'aws.cloudwatch' },
    { source: [] },
    { source: [{ suffix: 'x' }] },
    { source: [{ 'equals-ignore-case': 'x' }] },
    { source: [{ 'anything-but': { suffix: 'x' } }] },
    { source: [{ prefix: 'a', exists: true }] },
    { detail: { level: [{ numeric: ['!=', 1] }] } },
    { $or: [{ source: ['a'] }] },
  ])('outside the documented core is refused: %j', (pattern) => {
    expect(() => compileEventPattern(pattern)).toThrow(
      expect.objectContaining({ name: 'EventPatternError' }),
    );
  });
});

function busThatFails(failures = 0) {
  const started: { readonly arn: string; readonly input: unknown }[] = [];
  let left = failures;
  const made = createEventBus({
    attempts: 3,
    startExecution: async (arn, input) => {
      if (left-- > 0) throw new Error('throttled');
      started.push({ arn, input: JSON.parse(input) });
    },
  });
  const rule = (target: Omit<EventTarget, 'arn'> = {}) =>
    made.putRule({
      name: 'breach',
      eventPattern: { detail: { state: { value: ['ALARM'] } } },
      targets: [{ arn: machine, ...target }],
    });
  return { put: (it: unknown) => made.put(it), putRule: (it: EventRule) => made.putRule(it), rule, started };
}

describe('the bus', () => {
  test('starts the machine with the event, and only for events that fit', async () => {
    const { rule, put, started } = busThatFails();
    rule();
    await put({ ...event, detail: { state: { value: 'OK' } } });
    await put(event);
    expect(started).toEqual([{ arn: machine, input: event }]);
  });

  test('tries again, and says so when it gives up', async () => {
    const patient = busThatFails(2);
    patient.rule();
    await patient.put(event);
    expect(patient.started).toHaveLength(1);
    const hopeless = busThatFails(3);
    hopeless.rule();
    await expect(hopeless.put(event)).rejects.toThrow('could not be delivered');
  });

  test('gives a constant or a transformed input', async () => {
    const { rule, put, started } = busThatFails();
    rule({ input: '{"constant":true}' });
    await put(event);
    rule({
      inputTransformer: {
        inputPathsMap: { alarm: '$.detail.alarmName', state: '$.detail.state', level: '$.detail.level' },
        inputTemplate: '{"reason":"alarm <alarm> at <level>","alarm":<alarm>,"state":<state>}',
      },
    });
    await put(event);
    expect(started.map((it) => it.input)).toEqual([
      { constant: true },
      { reason: 'alarm underpin-errors at 7', alarm: 'underpin-errors', state: { value: 'ALARM' } },
    ]);
  });

  test('refuses targets that are no state machines, and unclear inputs', () => {
    const { putRule, rule } = busThatFails();
    const lambda = 'arn:aws:lambda:us-east-1:123456789012:function:x';
    const eventPattern = { source: ['a'] };
    expect(() => putRule({ name: 'x', eventPattern, targets: [{ arn: lambda }] })).toThrow(
      'state machines only',
    );
    expect(() => rule({ inputTransformer: { inputPathsMap: {}, inputTemplate: '<a>' } })).toThrow('<a>');
    expect(() => rule({ input: 'not JSON' })).toThrow(SyntaxError);
  });
});
