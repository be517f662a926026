import { describe, expect, test } from 'vitest';
import { startName } from '../../cli/aws/executions.ts';
import { isOpen, type Hold } from '../../lambdas/runtime/hold-item.ts';
import { span } from '../../engine/words/span.ts';
import { debtLines } from '../../cli/status/debt.ts';
import { phaseNow } from '../../engine/ledger/phase-now.ts';
import { isAbandoned } from '../../cli/status/look.ts';
import { backfillProgress } from '../../cli/status/progress.ts';

const hold = (given: Partial<Hold> = {}): Hold => ({
  migration: 'm',
  hold: 'read-switch',
  kind: 'gate',
  state: 'open',
  execution: 'arn',
  openedAt: '2026-12-01T10:00:00Z',
  epoch: 3,
  seconds: 3600,
  ...given,
});
const execution = (status: string) => ({ arn: '', status, startedAt: '' });
const running = { status: 'running', epoch: 3 } as const;
const at = new Date('2026-12-01T10:30:00Z');

describe('a hold is open', () => {
  test('until its deadline, for the epoch that opened it, while nobody has decided', () => {
    expect(isOpen(hold(), running, at)).toBe(true);
    expect(isOpen(hold(), running, new Date('2026-12-01T11:00:01Z'))).toBe(false);
    expect(isOpen(hold({ state: 'decided' }), running, at)).toBe(false);
  });

  test('not when a rollback or another start has passed it by', () => {
    expect(isOpen(hold(), { ...running, epoch: 4 }, at)).toBe(false);
    expect(isOpen(hold(), { ...running, status: 'rolled-back' }, at)).toBe(false);
  });
});

describe('the phase that people see', () => {
  test.each([
    ['read-switch', 'read-switch'],
    ['bake-25', 'read-switch'],
    ['confidence-3', 'confidence'],
    ['contract', 'confidence'],
    ['quarantine', 'quarantine'],
    ['remove-new-shape', 'verify'],
  ])('waiting at %s is %s', (name, phase) => {
    expect(phaseNow({ phase: 'verify' }, hold({ hold: name }))).toBe(phase);
  });

  test('a migration whose execution is over or forgotten is abandoned, one that is over is not', () => {
    expect(isAbandoned({ status: 'running' }, execution('RUNNING'))).toBe(false);
    expect(isAbandoned({ status: 'running' }, execution('ABORTED'))).toBe(true);
    expect(isAbandoned({ status: 'running' }, null)).toBe(true);
    expect(isAbandoned({ status: 'rolled-back' }, execution('FAILED'))).toBe(false);
  });
});

describe('progress', () => {
  const backfill = { rows: 500, changed: 500, batches: 5, shards: 2, shardsDone: 0, seconds: 10 };
  const now = '2026-12-01T10:00:10Z';

  const wordsOf = (...given: Parameters<typeof backfillProgress>): string => {
    const { bar = '', words = '' } = backfillProgress(...given) ?? {};
    return `${bar}  ${words}`;
  };

  test('tells rate and time left by the average, or by the last look where there was one', () => {
    expect(wordsOf({ backfill, estimatedRows: 1000 }, { now })).toMatch(
      / 50 % {2}500 rows in 5 batches, 50 rows\/s, about 10 s left$/u,
    );
    const earlier = { rows: 300, at: '2026-12-01T10:00:08Z' };
    expect(wordsOf({ backfill, estimatedRows: 1000 }, { now, earlier })).toMatch(
      /100 rows\/s, about 5\.0 s left$/u,
    );
  });

  test('is never done by an estimate, only by its shards', () => {
    expect(wordsOf({ backfill, estimatedRows: 400 }, { now })).toContain(' 99 %');
    expect(wordsOf({ backfill, estimatedRows: -1 }, { now })).toContain(' 0 %');
    const done = { ...backfill, shardsDone: 2 };
    expect(backfillProgress({ backfill: done, estimatedRows: 4000 }, { now })).toEqual({
      bar: '',
      words: '500 rows in 5 batches, 50 rows/s',
    });
  });

  test('has no rate and no time left where the migration does not move', () => {
    expect(wordsOf({ backfill, estimatedRows: 1000 }, { now, moves: false })).toMatch(
      / 50 % {2}500 rows in 5 batches$/u,
    );
  });
});

const audit = (detail: unknown) => ({ what: 'audit', at: '2026-12-01T10:00:00Z', epoch: 3, detail });

describe('debt', () => {
  const now = '2026-12-04T10:00:00Z';
  test('is what the audit found open, with its age and its remedy', () => {
    const found = { what: 'the flag is there', remedy: 'Delete it.', since: '2026-12-02T10:00:00Z' };
    expect(debtLines(audit({ open: [found], passed: [] }), now)).toEqual([
      '  left open, as an audit found 3 d ago:',
      '    ! the flag is there (for 2 d)',
      '      Delete it.',
    ]);
  });

  test('is nothing where nothing is open; and what cannot be read is shown as it is', () => {
    expect(debtLines(null, now)).toEqual([]);
    expect(debtLines(audit({ open: [], passed: ['all'] }), now)).toEqual([]);
    expect(debtLines(audit({ findings: 1 }), now)).toEqual([expect.stringContaining('{"findings":1}')]);
  });
});

test.each([
  [300, '0.3 s'],
  [75_000, '1 min 15 s'],
  [3_600_000, '1 h'],
  [273_600_000, '3 d 4 h'],
])('%d ms are %s', (ms, said) => {
  expect(span(ms)).toBe(said);
});

test("an execution's name has its migration, its target, its time, and 80 characters at the most", () => {
  expect(
    startName({ migration: 'rename-users-email', target: 'shop' }, new Date('2026-12-01T10:00:00.123Z')),
  ).toBe('rename-users-email_shop-20261201T100000Z');
  expect(startName({ migration: 'm'.repeat(90), target: 'shop' }, at).length).toBeLessThanOrEqual(80);
});
