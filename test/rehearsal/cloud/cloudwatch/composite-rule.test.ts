import { describe, expect, test } from 'vitest';
import type { StateValue } from '../../../../rehearsal/cloud/cloudwatch/alarm-input.ts';
import { parseCompositeRule } from '../../../../rehearsal/cloud/cloudwatch/composite-rule.ts';

const states: Readonly<Record<string, StateValue>> = {
  bad: 'ALARM',
  good: 'OK',
  silent: 'INSUFFICIENT_DATA',
  'p95 (orders)': 'ALARM',
};
const holds = (rule: string) => parseCompositeRule(rule).holds((name) => states[name] ?? 'INSUFFICIENT_DATA');

describe('an alarm rule', () => {
  test.each([
    ['ALARM(bad)', true],
    ['ALARM("p95 (orders)")', true],
    ['ALARM(arn:aws:cloudwatch:us-east-1:123456789012:alarm:bad)', true],
    ['OK(good) AND ALARM(bad)', true],
    ['OK(bad)', false],
    ['INSUFFICIENT_DATA(silent)', true],
    ['NOT ALARM(good)', true],
    ['NOT (ALARM(bad) OR OK(good))', false],
    ['TRUE OR TRUE AND FALSE', true],
    ['(TRUE OR TRUE) AND FALSE', false],
    ['NOT NOT TRUE', true],
    ['ALARM( bad )AND(NOT FALSE)', true],
  ])('%s is %s', (rule, expected) => {
    expect(holds(rule)).toBe(expected);
  });

  test('tells whom it asks for', () => {
    expect(parseCompositeRule('ALARM(a) AND (OK("b c") OR ALARM(a))').children).toEqual(['a', 'b c']);
  });

  test.each([
    '',
    'ALARM',
    'ALARM(bad',
    'ALARM(bad) OK(good)',
    'ALARM(bad) XOR TRUE',
    'AT_LEAST(1, ALARM, (bad))',
    '()',
  ])('that cannot be read is refused: "%s"', (rule) => {
    expect(() => parseCompositeRule(rule)).toThrow(
      expect.objectContaining({ name: 'InvalidParameterValueException' }),
    );
  });
});
