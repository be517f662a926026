import { describe, expect, test } from 'vitest';
import { judge, type Criteria } from '../../../../rehearsal/cloud/cloudwatch/alarm-evaluation.ts';
import type { StateValue } from '../../../../rehearsal/cloud/cloudwatch/alarm-input.ts';

const criteria: Criteria = {
  EvaluationPeriods: 3,
  DatapointsToAlarm: 3,
  Threshold: 1,
  ComparisonOperator: 'GreaterThanOrEqualToThreshold',
  TreatMissingData: 'missing',
};

/** `0 - X - X`: healthy, missing and breaching datapoints, oldest first, as AWS's tables write them. */
const range = (picture: string) =>
  picture
    .split(' ')
    .map((mark, start) => ({ start, value: mark === '-' ? undefined : mark === 'X' ? 1 : 0 }));

const states = (picture: string, needed: number, current: StateValue) =>
  (['missing', 'ignore', 'breaching', 'notBreaching'] as const).map(
    (TreatMissingData) =>
      judge(range(picture), current, { ...criteria, DatapointsToAlarm: needed, TreatMissingData }).state,
  );

// Documented as "Configuring how CloudWatch alarms treat missing data". The current state is one that no rule gives.
const kept = 'INSUFFICIENT_DATA';
const [ok, alarm] = ['OK', 'ALARM'] as const;

describe('missing data is treated as documented', () => {
  test.each([
    ['0 - X - X', [ok, ok, ok, ok]],
    ['0 - - - -', [ok, ok, ok, ok]],
    ['- - - - -', ['INSUFFICIENT_DATA', kept, alarm, ok]],
    ['0 X X - X', [alarm, alarm, alarm, alarm]],
    ['- - X - -', [alarm, kept, alarm, ok]],
  ])('3 of 3: %s', (picture, expected) => {
    expect(states(picture, 3, kept)).toEqual(expected);
  });

  test.each([
    ['0 - X - X', [alarm, alarm, alarm, alarm]],
    ['0 0 X 0 X', [alarm, alarm, alarm, alarm]],
    ['0 - X - -', [ok, ok, alarm, ok]],
    ['- - - - 0', [ok, ok, alarm, ok]],
    ['- - - X -', [alarm, kept, alarm, ok]],
  ])('2 of 3: %s', (picture, expected) => {
    expect(states(picture, 2, kept)).toEqual(expected);
  });

  test('a breach too young to count leaves the state as it is', () => {
    expect(judge(range('- - - - X'), 'OK', criteria).state).toBe('OK');
  });
});

describe('each comparison', () => {
  test.each([
    ['GreaterThanOrEqualToThreshold', [ok, alarm, alarm]],
    ['GreaterThanThreshold', [ok, ok, alarm]],
    ['LessThanThreshold', [alarm, ok, ok]],
    ['LessThanOrEqualToThreshold', [alarm, alarm, ok]],
  ] as const)('%s below, at and above the threshold', (ComparisonOperator, expected) => {
    const one = { ...criteria, EvaluationPeriods: 1, DatapointsToAlarm: 1, ComparisonOperator };
    expect([0.9, 1, 1.1].map((value) => judge([{ start: 0, value }], 'OK', one).state)).toEqual(expected);
  });
});
