import { describe, expect, test } from 'vitest';
import { estimate } from '../../../engine/preview/estimate.ts';
import { dialectOf } from '../../../engine/dialects/dialects.ts';
import { findingsOf } from '../../../engine/preview/findings.ts';
import { emptyPhase, type Phases, type Plan } from '../../../engine/plan/plan.ts';
import { schedule } from '../../../engine/preview/schedule.ts';
import type { TableStatistics } from '../../../engine/catalog/statistics.ts';
import { specOf } from '../migration-under-test.ts';
import { statisticsOf } from '../statistics-of.ts';
import { addedShape } from '../shapes-for-tests.ts';
import { planForTests, walksForTests } from '../plan-for-tests.ts';

const phases: Phases = {
  expand: emptyPhase,
  'dual-write': emptyPhase,
  backfill: emptyPhase,
  verify: emptyPhase,
  'read-switch': emptyPhase,
  confidence: emptyPhase,
  quarantine: emptyPhase,
  contract: emptyPhase,
};
const plan: Plan = planForTests({
  shape: addedShape('c', 'text', 'x'),
  phases,
  walks: walksForTests,
});

/** The facts that are found, each by its key. */
function facts(
  settings: Readonly<Record<string, unknown>>,
  differs: Partial<TableStatistics> = {},
  more: Partial<{ plan: Plan; standing: string }> = {},
): readonly string[] {
  const change = { kind: 'add-column', column: 'c', type: 'text', backfill: 'x' };
  const spec = specOf('m', { table: 'public.users', change, ...settings });
  const statistics = statisticsOf(differs);
  const looked = {
    spec,
    plan,
    sql: dialectOf('postgres'),
    statistics,
    standing: null,
    today: '2026-06-01',
    ...more,
  };
  const found = findingsOf({
    ...looked,
    estimate: estimate({ ...looked, schedule: schedule(spec, looked.plan) }),
  });
  return found.map(({ key, fact }) => `${key}: ${fact}`);
}

describe('a reviewer reads', () => {
  test('nothing of a migration that is well', () => {
    expect(facts({ deadline: '2027-01-01' })).toEqual([]);
  });

  test('steps of a read switch that are over before every writer of both sides has heard of them', () => {
    const both = { plan: { ...plan, follow: 'application' as const } };
    const steps = (bake: string) => facts({ deadline: '2027-01-01', reads: { bake } }, {}, both);
    expect(steps('59s')).toEqual([expect.stringMatching(/^reads\.bake: an AppConfig agent may take 60 s/u)]);
    expect(steps('60s')).toEqual([]);
    expect(facts({ deadline: '2027-01-01', reads: { bake: '1s' } })).toEqual([]);
  });

  test.each<readonly [string, Readonly<Record<string, unknown>>, Partial<TableStatistics>, RegExp]>([
    ['a deadline that has passed', { deadline: '2026-05-31' }, {}, /^deadline: 2026-05-31 has passed$/u],
    [
      'a deadline before the windows end',
      { deadline: '2026-06-02', confidence: { window: '3d' } },
      {},
      /^deadline: from today to 2026-06-02 are 1 d, and the windows and the work need 3 d/u,
    ],
    ['that nobody is asked', { gates: [] }, {}, /^gates: nobody is asked/u],
    ['a table that was never analysed', {}, { rows: -1 }, /^: the table was never analysed/u],
    [
      'comparisons longer than their interval',
      { confidence: { window: '1h', reconcileEvery: '10s' } },
      { rows: 1_000_000_000, tableBytes: 1e11 },
      /^confidence\.reconcileEvery: comparing all rows takes about .*, longer than the 10 s/u,
    ],
    [
      'triggers of others',
      {},
      { updateTriggers: ['audit'] },
      /the backfill fires 1 trigger of the table \(audit\)/u,
    ],
    ['publications', {}, { publications: ['feed'] }, /the table is published \(feed\)/u],
    [
      'functions that give its rows',
      {},
      { rowFunctions: ['f()'] },
      /^: f\(\) gives rows of the table's own type/u,
    ],
    ['that autovacuum is off', {}, { autovacuum: false }, /autovacuum is off/u],
    [
      'that the server logs values',
      {},
      { valuesLogged: ['log_statement is mod'] },
      /^: the server's own log holds values of rows: log_statement is mod/u,
    ],
    [
      'a long transaction',
      {},
      { oldestTransactionSeconds: 7200 },
      /^lockTimeout: a transaction has been open for 2 h/u,
    ],
  ])('%s', (_, settings, differs, says) => {
    const found = facts(settings, differs);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(says);
  });

  test('what the compiler warned of, and that the migration stands already', () => {
    expect(
      facts({}, {}, { plan: { ...plan, warnings: ['view v names it'] }, standing: 'it stands' }),
    ).toEqual([': it stands', ': view v names it']);
  });

  test('nothing of triggers and publications where no row is written', () => {
    const differs = { updateTriggers: ['audit'], publications: ['feed'], autovacuum: false };
    expect(facts({}, differs, { plan: { ...plan, walks: [] } })).toEqual([]);
  });
});
