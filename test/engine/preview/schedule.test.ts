import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emptyPhase, phaseNames, type Plan } from '../../../engine/plan/plan.ts';
import { schedule } from '../../../engine/preview/schedule.ts';
import { parseSpec, type Spec } from '../../../engine/spec/spec.ts';
import { addedShape, pairShape } from '../shapes-for-tests.ts';
import { planForTests } from '../plan-for-tests.ts';

const spec = (more: string): Spec =>
  parseSpec(
    `goal: A test\ntable: public.users\nchange: { kind: rename-column, from: a, to: b }\n${more}`,
    'm.yaml',
  );
const pair: Plan = planForTests({
  shape: pairShape({
    old: { column: 'a', type: 'int' },
    new: { column: 'b', type: 'int' },
    up: 'a',
    down: 'b',
    quarantined: 'q',
  }),
  phases: {
    expand: emptyPhase,
    'dual-write': emptyPhase,
    backfill: emptyPhase,
    verify: emptyPhase,
    'read-switch': emptyPhase,
    swap: emptyPhase,
    confidence: emptyPhase,
    quarantine: emptyPhase,
    contract: emptyPhase,
  },
});
const added: Plan = { ...pair, shape: addedShape('b', 'int', null) };

describe('the schedule of a migration', () => {
  test('is what its file says', () => {
    const written = spec(`backfill: { parallelism: 3 }
reads: { ramp: [10, 100], bake: 5m }
confidence: { window: 3h, reconcileEvery: 1h }
contract: { quarantine: 2d }
gates: [contract]
gateDeadline: 4d`);
    expect(schedule(written, pair)).toEqual({
      goal: 'A test',
      follow: 'triggers',
      brief: { table: 'public.users', owner: null, ticket: null, notify: [], dashboards: [] },
      phases: phaseNames,
      workers: 3,
      ramp: [10, 100],
      bakeSeconds: 300,
      segments: [1, 2, 3].map((segment) => ({ segment, seconds: 3600 })),
      quarantineSeconds: 172_800,
      gateAtReadSwitch: false,
      gateAtSwap: false,
      gateAtContract: true,
      gateDeadlineSeconds: 345_600,
      alarms: [],
    });
  });

  test('moves no reads and quarantines nothing where a column was only added', () => {
    expect(schedule(spec(''), added)).toMatchObject({ ramp: [], quarantineSeconds: 0 });
  });

  test('ends the confidence window with a shorter segment where it does not divide', () => {
    const { segments } = schedule(spec('confidence: { window: 150m, reconcileEvery: 1h }'), pair);
    expect(segments.map(({ seconds }) => seconds)).toEqual([3600, 3600, 1800]);
  });

  test('has segments that fill the window, none of them empty', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e7 }), fc.integer({ min: 60, max: 1e6 }), (window, every) => {
        const written = spec('');
        const { segments } = schedule(
          { ...written, confidence: { windowSeconds: window, reconcileEverySeconds: every } },
          pair,
        );
        expect(segments.reduce((sum, { seconds }) => sum + seconds, 0)).toBe(window);
        expect(segments.every(({ seconds }) => seconds >= 1 && seconds <= every)).toBe(true);
        expect(segments.map(({ segment }) => segment)).toEqual(segments.map((_, at) => at + 1));
      }),
      { numRuns: 50 },
    );
  });
});
