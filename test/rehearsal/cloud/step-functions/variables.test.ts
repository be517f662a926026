import { expect, test } from 'vitest';
import { Variables } from '../../../../rehearsal/cloud/step-functions/variables.ts';
import { invokes, stage } from './stage.ts';

const KIB = 1024;
const text = (bytes: number) => 'x'.repeat(bytes - 2);

test('a variable of 256 KiB fits, one byte more does not', () => {
  const variables = new Variables();
  variables.assign({ a: text(256 * KIB) }, 'S');
  expect(() => variables.assign({ b: text(256 * KIB + 1) }, 'S')).toThrow(
    "The variable 'b' is larger than 256 KiB.",
  );
  expect(Object.keys(variables.snapshot())).toEqual(['a']);
});

test('the variables of one Assign share 256 KiB', () => {
  expect(() => new Variables().assign({ a: text(200 * KIB), b: text(57 * KIB) }, 'S')).toThrow('one Assign');
});

test('all scopes of an execution share 10 MiB, and a scope that is over gives back its part', () => {
  const outer = new Variables();
  for (let n = 0; n < 39; n += 1) outer.assign({ [`v${n}`]: text(256 * KIB) }, 'S');
  const inner = new Variables(outer);
  inner.assign({ a: text(256 * KIB) }, 'S');
  expect(() => outer.assign({ more: 1 }, 'S')).toThrow('10 MiB');
  outer.assign({ v0: 0 }, 'S');
  outer.assign({ more: 1 }, 'S');
  expect(() => outer.assign({ v0: text(256 * KIB) }, 'S')).toThrow('10 MiB');
  inner.discard();
  outer.assign({ v0: text(256 * KIB) }, 'S');
});

test('assignments happen side by side, from the values at entry', async () => {
  const cloud = await stage();
  const ended = await cloud.runStates({
    A: { Type: 'Pass', Assign: { x: 3, a: 6 }, Next: 'B' },
    B: { Type: 'Pass', Assign: { x: '{% $a %}', nextX: '{% $x %}' }, Next: 'C' },
    C: { Type: 'Pass', Output: '{% [$x, $nextX] %}', End: true },
  });
  expect(ended.output).toEqual([6, 3]);
  expect(ended.history[4]?.stateExitedEventDetails?.assignedVariables).toEqual({ x: '6', nextX: '3' });
});

test('branches and iterations read outer variables, and what they assign ends with them', async () => {
  const cloud = await stage();
  const ended = await cloud.runStates({
    A: { Type: 'Pass', Assign: { outer: 10 }, Next: 'M' },
    M: {
      Type: 'Map',
      Items: [1, 2],
      ItemProcessor: {
        StartAt: 'Set',
        States: {
          Set: { Type: 'Pass', Assign: { inner: '{% $outer + $states.input %}' }, Next: 'P' },
          P: {
            Type: 'Parallel',
            Branches: [
              {
                StartAt: 'Deep',
                States: { Deep: { Type: 'Pass', Output: '{% $inner + $outer %}', End: true } },
              },
            ],
            End: true,
          },
        },
      },
      Next: 'After',
    },
    After: {
      Type: 'Pass',
      Output: { sums: '{% $states.input %}', inner: '{% $exists($inner) %}' },
      End: true,
    },
  });
  expect(ended.output).toEqual({ sums: [[21], [22]], inner: false });
});

test('a distributed Map starts its children without variables', async () => {
  const cloud = await stage();
  const ended = await cloud.runStates({
    A: { Type: 'Pass', Assign: { outer: 10 }, Next: 'M' },
    M: {
      Type: 'Map',
      Items: [1],
      ItemSelector: { outer: '{% $outer %}' },
      ItemProcessor: {
        ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
        StartAt: 'Child',
        States: {
          Child: {
            Type: 'Pass',
            Output: { given: '{% $states.input.outer %}', seen: '{% $exists($outer) %}' },
            End: true,
          },
        },
      },
      End: true,
    },
  });
  expect(ended.output).toEqual([{ given: 10, seen: false }]);
});

test('a state that is entered again sees what it assigned the last time', async () => {
  const cloud = await stage();
  const ended = await cloud.runStates({
    Begin: { Type: 'Pass', Assign: { n: 0 }, Next: 'More' },
    More: { Type: 'Pass', Assign: { n: '{% $n + 1 %}' }, Next: 'Enough?' },
    'Enough?': { Type: 'Choice', Choices: [{ Condition: '{% $n < 3 %}', Next: 'More' }], Default: 'Done' },
    Done: { Type: 'Succeed', Output: '{% $n %}' },
  });
  expect(ended.output).toBe(3);
});

test('a variable that is too large is a failure that its state may catch by name', async () => {
  const cloud = await stage({ functions: { Work: () => text(200 * KIB) } });
  const ended = await cloud.runStates({
    T: invokes('Work', {
      Assign: { a: '{% $states.result.Payload %}', b: '{% $states.result.Payload %}' },
      Output: 'small',
      Catch: [{ ErrorEquals: ['States.DataLimitExceeded'], Next: 'Seen' }],
    }),
    Seen: { Type: 'Succeed', Output: '{% [$states.input.Error, $exists($a)] %}' },
  });
  expect(ended.output).toEqual(['States.DataLimitExceeded', false]);
});
