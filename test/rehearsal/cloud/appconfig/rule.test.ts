import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileRule, percentileOf } from '../../../../rehearsal/cloud/appconfig/rule.ts';
import { RuleSyntaxError } from '../../../../rehearsal/cloud/appconfig/rule-syntax.ts';

const holds = (rule: string, context: Record<string, string> = {}) =>
  compileRule(rule)(new Map(Object.entries(context)), 'flag');

describe('a rule of the documented grammar', () => {
  test.each([
    ['(eq $state "Virginia")', { state: 'Virginia' }, { state: 'virginia' }],
    ['(gt $age 65)', { age: '66' }, { age: '65' }],
    ['(gte $age 65)', { age: '65' }, { age: '64.9' }],
    ['(lt $age 6.5e1)', { age: '9' }, { age: '65' }],
    ['(lte $age -7)', { age: '-7' }, { age: '-6' }],
    ['(gt $age 65)', { age: '100' }, { age: 'old' }],
    ['(eq $beta true)', { beta: 'true' }, { beta: 'yes' }],
    ['(gt $joined 2024-01)', { joined: '2024-02-01' }, { joined: '2023-12-31' }],
    ['(lte $at 2012-03-04T05:06:07-08:00)', { at: '2012-03-04T13:06:07Z' }, { at: '2012-03-04T13:06:08Z' }],
    ['(and (eq $state "Virginia") (gt $age 65))', { state: 'Virginia', age: '70' }, { state: 'Virginia' }],
    ['(or (eq $state "Virginia") (gt $age 65))', { age: '70' }, { age: '7' }],
    ['(not (eq $state "Virginia"))', {}, { state: 'Virginia' }],
    ['(begins_with $state "A")', { state: 'Alaska' }, { state: 'Nevada' }],
    ['(ends_with $email "amazon.com")', { email: 'a@amazon.com' }, { email: 'a@amazon.com.org' }],
    ['(contains $promoCode "WIN")', { promoCode: 'aWINb' }, { promoCode: 'win' }],
    ['(in $userId ["123", "456"])', { userId: '456' }, { userId: '45' }],
    ['(matches in::$greeting pattern::"h.*y")', { greeting: 'hey' }, { greeting: 'hello' }],
    ['(exists key::"country")', { country: '' }, { Country: 'US' }],
    ['(split pct::100 by::$userId seed::"abc")', { userId: 'u' }, {}],
  ])('%s holds for %o and not for %o', (rule, inside, outside) => {
    expect([holds(rule, inside), holds(rule, outside)]).toEqual([true, false]);
  });

  test.each([
    '',
    '"text"',
    '(eq $a)',
    '(eq $a $b)',
    '(eq $a 1) (eq $b 2)',
    '(eq $a 1',
    '(and (eq $a 1))',
    '(xor (eq $a 1) (eq $b 1))',
    '(toString $a)',
    '(not "x")',
    '(in $a "b")',
    '(matches $a "b")',
    '(matches in::$a pattern::"(")',
    '(split pct::101 by::$a)',
    '(split pct::5)',
    '(split pct::5 by::$a seed::"s" salt::"t")',
    '(split pct::5 by::"constant")',
    '(begins_with $a 5)',
    "(eq $a 'single')",
  ])('anything else is refused: %s', (rule) => {
    expect(() => compileRule(rule)).toThrow(RuleSyntaxError);
  });
});

describe('split', () => {
  test('a share that grows keeps everybody whom it has', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }),
        fc.double({ min: 0, max: 100, noNaN: true }),
        fc.double({ min: 0, max: 100, noNaN: true }),
        (user, a, b) => {
          const member = (pct: number) => holds(`(split pct::${plain(pct)} by::$u seed::"s")`, { u: user });
          return !member(Math.min(a, b)) || member(Math.max(a, b));
        },
      ),
    );
  });

  test.each([1, 5, 25, 50])('%i percent is close to its share', (pct) => {
    const rule = compileRule(`(split pct::${pct} by::$u)`);
    const users = Array.from({ length: 20_000 }, (_, index) => new Map([['u', `user-${index}`]]));
    const share = users.filter((user) => rule(user, 'profile/flag')).length / 200;
    expect(Math.abs(share - pct)).toBeLessThan(1.1);
  });

  test('the same seed and share chooses the same users, whatever the flag', () => {
    const rule = compileRule('(split pct::20 by::$u seed::"one")');
    const users = Array.from({ length: 500 }, (_, index) => new Map([['u', String(index)]]));
    expect(users.filter((user) => rule(user, 'a/x'))).toEqual(users.filter((user) => rule(user, 'b/y')));
  });

  test('without a seed another flag chooses other users', () => {
    const rule = compileRule('(split pct::20 by::$u)');
    const users = Array.from({ length: 500 }, (_, index) => new Map([['u', String(index)]]));
    expect(users.filter((user) => rule(user, 'a/x'))).not.toEqual(users.filter((user) => rule(user, 'a/y')));
  });

  test('a place is from 0 to below 100', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (seed, value) => {
        const place = percentileOf(seed, value);
        return place >= 0 && place < 100;
      }),
    );
  });
});

/** Without an exponent sign that only JavaScript writes. */
function plain(pct: number): string {
  return pct.toFixed(6);
}
