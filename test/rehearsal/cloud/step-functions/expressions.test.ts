import { expect, test } from 'vitest';
import { evaluate } from '../../../../rehearsal/cloud/step-functions/expressions.ts';
import type { Json } from '../../../../rehearsal/cloud/step-functions/json.ts';

const at = Date.parse('2026-11-21T10:00:00.000Z');
const value = (template: Json, bindings: Readonly<Record<string, unknown>> = {}) =>
  evaluate(template, 'Output', {
    bindings,
    chance: { clock: { now: () => at }, random: () => 0.25 },
    preamble: "In 'S'. ",
  });

test.each<[string, Json]>([
  ['$partition([1,2,3,4,5], 2)', [[1, 2], [3, 4], [5]]],
  ['$range(0, 10, 5)', [0, 5, 10]],
  ['$range(1, 9, 9)', 1],
  ['$range(3, 1, -1)', [3, 2, 1]],
  ["$hash('a', 'SHA-256')", 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb'],
  ["$hash('a', 'MD5')", '0cc175b9c0f1b6a831c399e269772661'],
  ['$random()', 0.25],
  ['$random(7) = $random(7) and $random(7) != $random(8)', true],
  ['$uuid()', '44444444-4444-4444-8444-444444444444'],
  ['$parse(\'{"a":[1]}\')', { a: [1] }],
  ['$now()', '2026-11-21T10:00:00.000Z'],
  ["$now('[Y0001]')", '2026'],
  ['$millis()', at],
  ['$merge([{"a":1},{"b":2}])', { a: 1, b: 2 }],
  ['[1,2,3][$ > 1]', [2, 3]],
  ['(\n  $x := 1;\n  $x + 1\n)', 2],
])('%s is %j', async (source, expected) => {
  expect(await value(`{% ${source} %}`)).toEqual(expected);
});

test('$eval is taken away, as on AWS', async () => {
  await expect(value("{% $eval('1+1') %}")).rejects.toMatchObject({
    error: 'States.QueryEvaluationError',
    cause:
      "In 'S'. The JSONata expression '$eval('1+1')' specified for the field 'Output' threw an error during " +
      'evaluation. T1006: Attempted to invoke a non-function',
  });
});

test('nothing is no result, and the message says where', async () => {
  await expect(value({ a: [{ b: '{% $gone %}' }] })).rejects.toMatchObject({
    location: 'Output/a[0]/b',
    cause:
      "In 'S'. The JSONata expression '$gone' specified for the field 'Output/a[0]/b' returned nothing (undefined).",
  });
});

test.each(['function($x){$x}', '{"f": function($x){$x}}', '$sum'])('%s is no JSON', async (source) => {
  await expect(value(`{% ${source} %}`)).rejects.toThrow('returned an unsupported result type.');
});

test('endless recursion ends', async () => {
  await expect(value('{% ($f := function($n){ 1 + $f($n) }; $f(1)) %}')).rejects.toMatchObject({
    error: 'States.QueryEvaluationError',
  });
});

test('a variable is seen by its name, and evaluation leaves it as it was', async () => {
  const list = [{ n: 1 }];
  expect(await value('{% $list ~> | $ | {"n": 2} | %}', { list })).toEqual([{ n: 2 }]);
  expect(list).toEqual([{ n: 1 }]);
});

test('what is no expression stays as it is, in any depth', async () => {
  const template = { n: 1, t: true, z: null, s: '$states.input', l: [[1.5]] };
  expect(await value(template)).toEqual(template);
});
