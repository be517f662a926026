import { describe, expect, test } from 'vitest';
import type { HealthFacts, Reading, Throttle } from '../../../engine/walk/health-facts.ts';
import { judgeHealth } from '../../../engine/walk/health.ts';
import { needsSecondLook, ofReader } from '../../../engine/walk/signals.ts';

const calm: HealthFacts = { blockedSessions: 0, replicaLag: null, historyList: null };
const limits = { replicaLagMs: 1000, blockedSessions: 5 };

const judged = (facts: HealthFacts, throttle: Partial<Throttle> = {}, before: HealthFacts = {}) =>
  judgeHealth({ ...calm, ...facts }, { ...limits, ...throttle }, before);

describe('a signal', () => {
  test.each([
    [0, { verdict: 'go' }],
    [500, { verdict: 'go' }],
    [600, { verdict: 'slow', share: 0.8 }],
    [750, { verdict: 'slow', share: 0.5, reason: 'lag of the replicas: 750 ms, limit 1000 ms' }],
    // Nearly still, and never quite: only above the limit a worker rests.
    [1000, { verdict: 'slow', share: 0.1 }],
    [1000.6, { verdict: 'stop', reason: 'lag of the replicas: 1001 ms, limit 1000 ms', unreadable: false }],
  ])('of %d to a limit of 1000 slows in proportion from half of it on', (replicaLag, says) => {
    expect(judged({ replicaLag })).toMatchObject(says);
  });

  test.each([
    [2, 'go'],
    [4, 'slow'],
    [5, 'slow'],
    [6, 'stop'],
  ])('that counts %d of 5 says %s', (blockedSessions, verdict) => {
    expect(judged({ blockedSessions }).verdict).toBe(verdict);
  });

  test('with a limit of none stops at the first one, and does not slow before', () => {
    expect(judged({ blockedSessions: 0 }, { blockedSessions: 0 })).toEqual({ verdict: 'go' });
    expect(judged({ blockedSessions: 1 }, { blockedSessions: 0 })).toMatchObject({ verdict: 'stop' });
    // One that is allowed is allowed.
    expect(judged({ blockedSessions: 1 }, { blockedSessions: 1 })).toEqual({ verdict: 'go' });
  });

  test('that nobody set a limit for is not looked at', () => {
    expect(judged({ activeSessions: 1000, deadRows: { hidden: 'no' } })).toEqual({ verdict: 'go' });
  });

  test('that is asked for and not there stops: nothing is not peace', () => {
    expect(judged({}, { activeSessions: 4 })).toEqual({
      verdict: 'stop',
      reason: 'sessions at work: the look at it gave nothing',
      unreadable: true,
    });
  });

  test('that is hidden stops, with the reason', () => {
    expect(judged({ heldLog: { hidden: 'the database refuses to tell' } }, { heldLogBytes: 1 })).toEqual({
      verdict: 'stop',
      reason: 'log that a replication slot holds back: the database refuses to tell',
      unreadable: true,
    });
  });

  test('whose limit the database knows goes by that one, and says what to do', () => {
    const deadRows = { value: 30, limit: 20, note: 'autovacuum is off for it' };
    expect(judged({ deadRows }, { deadRows: 0.1 })).toEqual({
      verdict: 'stop',
      reason: 'dead rows of the table: 30, limit 20; autovacuum is off for it',
      unreadable: false,
    });
    expect(judged({ deadRows: { ...deadRows, value: 2 } }, { deadRows: 0.1 })).toEqual({ verdict: 'go' });
    expect(judged({ deadRows: { value: 5, limit: 0 } }, { deadRows: 0 })).toMatchObject({ verdict: 'stop' });
    expect(judged({ deadRows: { value: 0, limit: 0 } }, { deadRows: 0 })).toEqual({ verdict: 'go' });
  });
});

describe('a signal that is counted', () => {
  const rate = (now: Reading, before?: Reading) =>
    judged({ logRate: now }, { logBytesPerSecond: 50e6 }, before === undefined ? {} : { logRate: before });

  test('says nothing at the first look, so that the worker waits for the second', () => {
    expect(rate({ sum: 9e12, per: 100 })).toEqual({
      verdict: 'stop',
      reason: 'log written in a second: known from the second look on',
      unreadable: false,
    });
  });

  test.each([
    ['stop', 120e6, 'log written in a second: 60 MB, limit 50 MB'],
    ['slow', 80e6, 'log written in a second: 40 MB, limit 50 MB'],
    ['go', 20e6, undefined],
  ])('says %s by the difference between two', (verdict, sum, reason) => {
    expect(rate({ sum, per: 102 }, { sum: 0, per: 100 })).toMatchObject({
      verdict,
      ...(reason === undefined ? {} : { reason }),
    });
  });

  test('of which nothing happened since is healthy', () => {
    const latency = (now: Reading, before: Reading) =>
      judged({ commitLatency: now }, { commitLatencyMs: 10 }, { commitLatency: before });
    expect(latency({ sum: 5, per: 3 }, { sum: 5, per: 3 })).toEqual({ verdict: 'go' });
    expect(latency({ sum: 25, per: 4 }, { sum: 5, per: 3 })).toMatchObject({
      reason: 'time of a commit: 20 ms, limit 10 ms',
    });
  });

  test('of a server that has started again begins anew', () => {
    expect(rate({ sum: 10, per: 105 }, { sum: 9e12, per: 100 })).toMatchObject({
      verdict: 'stop',
      reason: 'log written in a second: known from the second look on',
    });
    expect(rate({ sum: 10, per: 105 }, { hidden: 'off' })).toMatchObject({ verdict: 'stop' });
  });
});

describe('several signals', () => {
  test('stop where one does, and slow by the worst', () => {
    expect(judged({ blockedSessions: 4, replicaLag: 900 })).toMatchObject({
      verdict: 'slow',
      reason: 'lag of the replicas: 900 ms, limit 1000 ms',
    });
    expect(judged({ blockedSessions: 5, replicaLag: 600 })).toMatchObject({
      reason: 'sessions that wait for a lock: 5, limit 5',
    });
    expect(judged({ blockedSessions: 4, replicaLag: 1001 })).toMatchObject({ verdict: 'stop' });
  });

  test('a comparison heeds none that it adds nothing to', () => {
    const all = {
      ...limits,
      activeSessions: 1,
      commitLatencyMs: 1,
      deadRows: 1,
      logBytesPerSecond: 1,
      heldLogBytes: 1,
    };
    expect(ofReader({ ...all, query: 'SELECT 1' })).toEqual({
      ...limits,
      activeSessions: 1,
      commitLatencyMs: 1,
      query: 'SELECT 1',
    });
  });

  test('need a second look where one of them is told from counters', () => {
    expect(needsSecondLook({ ...limits, activeSessions: 1, deadRows: 1, heldLogBytes: 1 })).toBe(false);
    expect(needsSecondLook({ ...limits, commitLatencyMs: 1 })).toBe(true);
    expect(needsSecondLook({ ...limits, logBytesPerSecond: 1 })).toBe(true);
  });
});
