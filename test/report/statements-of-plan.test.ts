import { oneWalk } from '../../engine/plan/walk.ts';
import { expect, test } from 'vitest';
import { expectsNothing } from '../engine/expects-nothing.ts';
import { Applied } from '../../engine/ledger/applied.ts';
import { emptyPhase, type Plan } from '../../engine/plan/plan.ts';
import { statementsOf } from '../../report/statements-of-plan.ts';
import { after } from './sample-report.ts';
import { addedShape } from '../engine/shapes-for-tests.ts';

const plan: Plan = {
  migration: 'rename',
  engine: 'postgres',
  expects: expectsNothing,
  table: { schema: 'public', name: 'users' },
  shape: addedShape('locale', 'text', null),
  estimatedRows: 0,
  warnings: [],
  phases: {
    expand: {
      run: [
        {
          kind: 'brief',
          does: 'add locale',
          lock: 'ACCESS EXCLUSIVE',
          statements: ['ALTER TABLE users ADD locale text'],
        },
      ],
      undo: [
        {
          kind: 'brief',
          does: 'drop locale',
          lock: 'ACCESS EXCLUSIVE',
          statements: ['ALTER TABLE users DROP locale'],
        },
      ],
    },
    'dual-write': emptyPhase,
    backfill: emptyPhase,
    verify: emptyPhase,
    'read-switch': emptyPhase,
    confidence: emptyPhase,
    quarantine: emptyPhase,
    contract: {
      run: [{ kind: 'brief', does: 'end', lock: 'none', statements: ['SELECT 1'] }],
      undo: { irreversible: 'users.email is gone' },
    },
  },
  walks: oneWalk({ cut: 'CUT', batch: 'BATCH', check: 'CHECK', skip: 'SKIP', sweep: 'SWEEP', list: 'LIST' }),
};

test('each phase has its SQL, when it was applied, and its undo; phases without SQL are left out', () => {
  const found = statementsOf(plan, {
    applied: new Applied([{ phase: 'expand', direction: 'run', unit: 0, at: after(1) }]),
    events: [],
  });
  expect(found.map(({ phase, undo }) => [phase, undo])).toEqual([
    ['expand', 'drop locale'],
    ['backfill', null],
    ['verify', null],
    ['contract', 'none: users.email is gone'],
  ]);
  expect(
    found.flatMap(({ units }) => units).map(({ sql, appliedAt, stands }) => [sql[0], appliedAt, stands]),
  ).toEqual([
    ['ALTER TABLE users ADD locale text', after(1), true],
    ['BATCH', null, false],
    ['CHECK', null, false],
    ['SELECT 1', null, false],
  ]);
});

test('what was undone again is reported by its event', () => {
  const detail = { phase: 'expand', direction: 'run', unit: 0 };
  const events = [{ id: 1, at: after(2), what: 'unit', epoch: 1, detail }];
  expect(statementsOf(plan, { applied: new Applied([]), events })[0]?.units[0]).toMatchObject({
    appliedAt: after(2),
    stands: false,
  });
});
