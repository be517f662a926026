import { expect, test } from 'vitest';
import { resultTable, type RehearsalResult } from '../../../rehearsal/stage/result.ts';

const traffic: RehearsalResult['traffic'] = {
  requests: 300,
  failed: 0,
  failedBefore: 2,
  lostWrites: 0,
  p95BaselineMs: 2,
  p95DuringMs: 3,
  longestLockWaitMs: 33,
};
const result: RehearsalResult = {
  migration: 'rename-users-email',
  outcome: 'completed',
  node: 'v24.0.0',
  phases: [],
  backfill: { rows: 200, batches: 4, workers: 2, rowsPerSecond: 100 },
  verification: { checked: 200, mismatches: 0 },
  traffic,
  history: { events: 1, executions: 1, parentEvents: 1 },
};
const table = (over: Partial<RehearsalResult['traffic']>): string =>
  resultTable({ ...result, traffic: { ...traffic, ...over } }, [], (_, text) => text);

test('a table of what was measured', () => {
  expect(table({})).toContain(`
  requests         300, 0 failed, 0 writes lost
  p95 latency      2.0 ms before, 3.0 ms during
  lock wait        33 ms at the longest`);
});

test('a latency is compared with no baseline that was not stable', () => {
  expect(table({ p95BaselineMs: null })).toContain('  p95 latency      not stable before, 3.0 ms during');
});

test('without traffic nothing is said of users, not even that nothing failed', () => {
  const said = table({ requests: 0 });
  expect(said).toContain('  requests         none, so what users would notice was not measured');
  expect(said).not.toMatch(/ failed|latency|lock wait/u);
});
