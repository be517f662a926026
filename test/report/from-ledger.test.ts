import { describe, expect, test } from 'vitest';
import type { LedgerEvent } from '../../engine/ledger/journal.ts';
import type { Purpose } from '../../engine/ledger/walk-id.ts';
import { auditOf, evidenceOf, marksOf, passesOf } from '../../report/from-ledger.ts';
import { after } from './sample-report.ts';

let id = 0;
const event = (seconds: number, what: string, detail: unknown): LedgerEvent => ({
  id: (id += 1),
  at: after(seconds),
  what,
  epoch: 1,
  detail,
});
const evidence = (seconds: number, verdict: 'pass' | 'fail', hash: string, gate = 'contract') =>
  event(seconds, 'evidence', {
    gate,
    open: verdict === 'pass',
    collectedAt: after(seconds),
    hash,
    items: [{ what: 'rows compared', measured: 'all', at: after(seconds), verdict, overridable: false }],
    next: 'ask',
    refused: '',
  });
const decided = (seconds: number, detail: object, gate = 'contract') =>
  event(seconds, 'decided', { gate, decision: 'approve', reason: 'looks good', decidedBy: 'arn', ...detail });

const shown = (events: readonly LedgerEvent[]) => {
  const found = evidenceOf(events);
  if ('notMeasured' in found) throw new Error(found.notMeasured);
  return found.gates.map(({ hash, decision }) => [hash, decision?.reason ?? null]);
};

describe('evidence', () => {
  test('stands with the decision that followed it; collected again after it, it is not shown twice', () => {
    expect(shown([evidence(1, 'pass', 'a'), decided(2, {}), evidence(3, 'pass', 'b')])).toEqual([
      ['a', 'looks good'],
    ]);
  });

  test('that came out otherwise after the approval is shown too', () => {
    expect(
      shown([
        evidence(1, 'pass', 'a'),
        decided(2, {}),
        evidence(3, 'fail', 'b'),
        decided(4, { reason: 'again' }),
      ]),
    ).toEqual([
      ['a', 'looks good'],
      ['b', 'again'],
    ]);
  });

  test('of which nobody decided is shown once, the latest', () => {
    expect(shown([evidence(1, 'fail', 'a'), evidence(2, 'fail', 'b')])).toEqual([['b', null]]);
  });

  test('of one gate is not answered at another', () => {
    expect(shown([evidence(1, 'pass', 'a', 'read-switch'), decided(2, {}, 'contract')])).toEqual([
      ['a', null],
    ]);
  });

  test('of a shape that nobody knows is left out', () => {
    expect(shown([event(1, 'evidence', { gate: 7 }), event(2, 'unit', {})])).toEqual([]);
  });
});

test('decisions, overrides, orders and failures are marks', () => {
  const events = [
    decided(1, { override: true, reason: 'we know' }),
    decided(2, { decision: 'reject', reason: 'not today', decidedBy: undefined }, 'read-switch'),
    decided(3, { overtakenBy: 'GuardrailBreached: alarm errors is on' }),
    event(3, 'ordered', { order: 'pause', reason: 'lunch' }),
    event(4, 'failed', { reason: 'RowRefused: SQLSTATE 22001' }),
    event(5, 'unit', { phase: 'expand', unit: 'run-0' }),
  ];
  expect(marksOf(events).map(({ kind, says }) => `${kind}: ${says}`)).toEqual([
    'decision: Gate contract approved against the evidence: we know',
    'decision: Gate read-switch rejected: not today',
    'decision: Gate contract approved, too late (GuardrailBreached: alarm errors is on): looks good',
    'decision: Ordered: pause, lunch',
    'failure: RowRefused: SQLSTATE 22001',
  ]);
});

test('the latest audit is the one that counts, and none is not an empty one', () => {
  const open = [{ what: 'a trigger', remedy: 'drop it', since: after(0) }];
  const events = [event(1, 'audit', { open, passed: [] }), event(2, 'audit', { open: [], passed: ['all'] })];
  expect(auditOf(events)).toEqual({ at: after(2), open: [], passed: ['all'] });
  expect(auditOf([])).toEqual({ notMeasured: expect.any(String) });
});

test('walks are passes by their purpose; the backfill and those of an earlier execution are none', () => {
  const walk = (purpose: Purpose, start: number, n: number, to: number) => ({
    purpose,
    start,
    n,
    from: after(to - 1),
    to: after(to),
    rows: 10,
    changed: 1,
    batches: 2,
    shards: 4,
    shardsDone: 4,
    seconds: 1,
    ageSeconds: 1,
  });
  const walks = [
    walk('verify', 1, 1, -100),
    walk('backfill', 0, 1, 1),
    walk('verify', 3, 1, 2),
    walk('repair', 3, 1, 3),
    walk('reconcile', 3, 12, 4),
    walk('before-contract', 3, 1, 5),
  ];
  expect(passesOf(walks, after(0)).map(({ name, kind }) => [name, kind])).toEqual([
    ['verify 3.1', 'verify'],
    ['repair 3.1', 'repair'],
    ['reconcile 3.12', 'reconcile'],
    ['before-contract 3.1', 'before-contract'],
  ]);
});
