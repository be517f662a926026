import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { estimate, usualAssumptions, type Estimate } from '../../../engine/preview/estimate.ts';
import { emptyPhase, type Plan } from '../../../engine/plan/plan.ts';
import { schedule } from '../../../engine/preview/schedule.ts';
import type { Spec } from '../../../engine/spec/spec.ts';
import { specOf } from '../migration-under-test.ts';
import { statisticsOf } from '../statistics-of.ts';
import { pairShape } from '../shapes-for-tests.ts';
import { planForTests, walksForTests } from '../plan-for-tests.ts';

const specWith = (settings: Readonly<Record<string, unknown>>): Spec =>
  specOf('m', {
    table: 'public.users',
    change: { kind: 'rename-column', from: 'email', to: 'mail' },
    ...settings,
  });

const side = (column: string) => ({ column, type: 'text' });
const plan: Plan = planForTests({
  shape: pairShape({ old: side('email'), new: side('mail'), up: '', down: '', quarantined: 'q' }),
  phases: {
    expand: emptyPhase,
    'dual-write': emptyPhase,
    backfill: emptyPhase,
    verify: {
      run: [
        {
          kind: 'online',
          does: 'build',
          lock: 'SHARE UPDATE EXCLUSIVE',
          statement: '',
          scans: 2,
          state: '',
          clean: null,
        },
      ],
      undo: [],
    },
    'read-switch': emptyPhase,
    confidence: emptyPhase,
    quarantine: emptyPhase,
    contract: emptyPhase,
  },
  walks: walksForTests,
});

const rowBytes = 100;
const estimated = (rows: number, settings: Readonly<Record<string, unknown>> = {}): Estimate => {
  const spec = specWith(settings);
  const statistics = statisticsOf({ rows, tableBytes: rows * rowBytes });
  return estimate({ spec, plan, schedule: schedule(spec, plan), statistics });
};
const backfillSeconds = (of: Estimate): number => of.phases[2]?.workSeconds ?? Number.NaN;

const rows = fc.integer({ min: 0, max: 1_000_000_000 });
// Below, a few rows more are shared by a worker more, and are sooner done.
const manyRows = fc.integer({ min: 1_000_000, max: 1_000_000_000 });

describe('an estimate', () => {
  test('grows with the rows, in time and in price', () => {
    fc.assert(
      fc.property(manyRows, manyRows, (one, other) => {
        const [fewer, more] = [estimated(Math.min(one, other)), estimated(Math.max(one, other))];
        expect(more.seconds).toBeGreaterThanOrEqual(fewer.seconds);
        expect(more.bill.usd).toBeGreaterThanOrEqual(fewer.bill.usd);
      }),
    );
  });

  test('shrinks with workers and with the share of time that they work', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1_000_000, max: 1e9 }),
        fc.integer({ min: 1, max: 15 }),
        (many, parallelism) => {
          const one = backfillSeconds(estimated(many, { backfill: { parallelism } }));
          expect(
            backfillSeconds(estimated(many, { backfill: { parallelism: parallelism + 1 } })),
          ).toBeLessThan(one);
          expect(backfillSeconds(estimated(many, { backfill: { parallelism, dutyCycle: 1 } }))).toBeCloseTo(
            one * 0.8,
          );
        },
      ),
    );
  });

  test('of the confidence window goes by a budget of its own, and nothing else does', () => {
    const backfill = { dutyCycle: 0.8 };
    const [all, tenth] = [
      estimated(10_000_000, { backfill }),
      estimated(10_000_000, { backfill, confidence: { window: '1h', dutyCycle: 0.08 } }),
    ];
    expect(tenth.passSeconds).toBeCloseTo(10 * all.passSeconds);
    const work = ({ phases }: Estimate) =>
      Object.fromEntries(phases.map(({ phase, workSeconds }) => [phase, workSeconds]));
    expect(work(tenth)).toEqual({
      ...work(all),
      confidence: expect.closeTo(10 * (work(all)['confidence'] ?? 0)) as unknown,
    });
  });

  test('of smaller batches makes more of them, never fewer rows', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 10, max: 9999 }), (many, maxBatchRows) => {
        const { backfill } = estimated(many, { backfill: { maxBatchRows } });
        expect(backfill.batches * backfill.batchRows).toBeGreaterThanOrEqual(many);
        expect(backfill.batchRows).toBeLessThanOrEqual(maxBatchRows);
        expect(backfill.batches).toBeGreaterThanOrEqual(estimated(many).backfill.batches);
      }),
    );
  });

  test('waits exactly as long as the file says', () => {
    const { phases } = estimated(1_000_000, {
      reads: { ramp: [50, 100], bake: '10m' },
      confidence: { window: '1d' },
      contract: { quarantine: '2d' },
    });
    const waits = phases.filter(({ windowSeconds }) => windowSeconds > 0);
    expect(waits.map(({ phase, windowSeconds }) => [phase, windowSeconds])).toEqual([
      ['read-switch', 1200],
      ['confidence', 86_400],
      ['quarantine', 172_800],
    ]);
  });

  test('of 120,000 rows a second by two workers at 0.8 is what the arithmetic gives', () => {
    // 11,400 rows take 190 ms and a call of 10 ms; 88 batches by two workers, each resting a quarter of its time.
    expect(backfillSeconds(estimated(1_000_000))).toBeCloseTo((1_000_000 / 60_000 + 0.88) / 0.8 / 2);
  });

  test('of wide rows is bound by bytes', () => {
    const spec = specWith({});
    const statistics = statisticsOf({ rows: 1_000_000, tableBytes: 1e10 });
    const wide = estimate({ spec, plan, schedule: schedule(spec, plan), statistics });
    const seconds = 1e10 / usualAssumptions.bytesPerSecond / 2 / 0.8;
    expect(backfillSeconds(wide)).toBeGreaterThan(seconds);
    expect(backfillSeconds(wide)).toBeLessThan(seconds * 1.2);
  });

  test('of a table that was never analysed is one of no rows, and finite', () => {
    const { seconds, bill } = estimated(-1);
    expect(Number.isFinite(seconds) && Number.isFinite(bill.usd)).toBe(true);
  });
});
