import type { Report } from '../../report/report.ts';

const start = Date.parse('2026-07-24T14:02:00.000Z');
/** A moment of the sample: seconds since its execution began. */
export const after = (seconds: number): string => new Date(start + seconds * 1000).toISOString();

const phases = [
  ['plan', 0.34],
  ['expand', 0.08],
  ['dual-write', 0.03],
  ['backfill', 2.6],
  ['verify', 1.35],
  ['read-switch', 9.5],
  ['confidence', 7.4],
  ['quarantine', 4],
  ['contract', 0.4],
] as const;

function timed(): Report['phases'] {
  let from = 0;
  return phases.map(([name, seconds]) => {
    const phase = { name, from: after(from), to: after(from + seconds) };
    from += seconds;
    return phase;
  });
}

const every = <T>(from: number, to: number, make: (second: number) => T): T[] =>
  Array.from({ length: to - from }, (_, at) => make(from + at));
const wave = (second: number, least: number, most: number): number =>
  Number((least + ((Math.sin(second * 1.7) + 1) / 2) * (most - least)).toFixed(2));

/** A report in which everything was measured; `with` says what is different. */
export function sampleReport(with_: Partial<Report> = {}): Report {
  return {
    version: 1,
    kind: 'rehearsal',
    migration: 'rename-users-email',
    madeAt: after(27),
    ticket: {
      goal: 'Rename users.email to users.email_address',
      owner: 'identity-team',
      ticket: 'CHG-1042',
      deadline: '2026-12-20',
      table: 'public.users',
      change: {
        kind: 'rename-column',
        facts: [
          { name: 'from', value: 'email' },
          { name: 'to', value: 'email_address' },
        ],
      },
      execution: 'arn:aws:states:us-east-1:123456789012:execution:migration:rehearsal-1784901720000',
      startedBy: null,
      from: after(0),
      to: after(25.7),
      settings: [{ name: 'Windows', value: 'bake 2 s instead of 10 min' }],
    },
    outcome: {
      status: 'completed',
      sentence: 'Completed in 25.7 s.',
      noticed: 'Users noticed nothing: all 4,859 requests were answered and no write was lost.',
      reason: null,
    },
    phases: timed(),
    marks: [
      { at: after(6.1), kind: 'decision', says: 'Gate read-switch approved: nobody is at a terminal' },
      { at: after(14), kind: 'event', says: 'The old version of the application was retired' },
      { at: after(21), kind: 'decision', says: 'Gate contract approved: nobody is at a terminal' },
    ],
    users: { of: 'requests', total: 4859, failed: 0, lostWrites: 0, p95BeforeMs: 3.8, p95DuringMs: 4.9 },
    latency: {
      source: 'Measured by the traffic, from the moment at which a request should have been sent',
      intervalSeconds: 1,
      lines: [
        {
          name: 'all requests',
          before: { p50: 0.9, p95: 3.8, p99: 6.2 },
          during: { p50: 1.1, p95: 4.9, p99: 9.7 },
          points: every(-6, 26, (second) => ({
            at: after(second),
            requests: 150,
            failed: 0,
            p50: wave(second, 0.8, 1.3),
            p95: wave(second, 3, 5.2),
            p99: second === 1 ? 21.5 : wave(second, 5, 9),
          })),
        },
      ],
    },
    backfill: {
      rows: 200_029,
      batches: 55,
      workers: 2,
      seconds: 2.133,
      stubbornRows: 0,
      intervalSeconds: 0.2,
      points: every(0, 12, (at) => ({
        at: after(0.5 + at / 5),
        rowsPerSecond: Math.round(wave(at, 70_000, 110_000)),
        batchRows: Math.min(10_000, 500 * 2 ** at),
      })),
    },
    reads: {
      source: 'Counted by the traffic',
      intervalSeconds: 1,
      old: 2600,
      new: 900,
      points: every(-6, 26, (second) => ({
        at: after(second),
        old: second < 6 ? 105 : Math.max(0, 105 - (second - 6) * 12),
        new: second < 6 ? 0 : Math.min(105, (second - 6) * 12),
      })),
    },
    lockWaits: {
      source: 'Sampled every 50 ms from pg_locks',
      longestMs: 33,
      limitMs: 2000,
      byPhase: [{ phase: 'backfill', longestMs: 33 }],
      points: every(-6, 26, (second) => ({
        at: after(second),
        longestMs: second === 2 ? 33 : second === 1 ? 12 : 0,
      })),
    },
    blockedSessions: { notMeasured: 'the waits themselves were measured' },
    database: { notMeasured: 'a rehearsal has no Aurora' },
    verification: {
      passes: [
        {
          name: 'verify-1',
          kind: 'verify',
          from: after(3),
          to: after(3.6),
          rows: 200_042,
          changed: 0,
          finished: true,
        },
        {
          name: 'reconcile-1-1',
          kind: 'reconcile',
          from: after(16),
          to: after(16.6),
          rows: 200_101,
          changed: 0,
          finished: true,
        },
        {
          name: 'reconcile-1-2',
          kind: 'reconcile',
          from: after(19),
          to: after(19.5),
          rows: 200_137,
          changed: 0,
          finished: true,
        },
        {
          name: 'before-contract-1',
          kind: 'before-contract',
          from: after(21),
          to: after(21.5),
          rows: 200_138,
          changed: 0,
          finished: true,
        },
      ],
    },
    evidence: {
      gates: [
        {
          gate: 'read-switch',
          collectedAt: after(5.9),
          hash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
          open: true,
          items: [
            { what: 'rows compared', measured: '200042, 0 mismatches', at: after(5.9), verdict: 'pass' },
            { what: 'stubborn rows', measured: '0', at: after(5.9), verdict: 'pass' },
            { what: 'constraints and indexes', measured: 'built', at: after(5.9), verdict: 'pass' },
          ],
          decision: {
            decision: 'approve',
            reason: 'nobody is at a terminal',
            by: 'arn:aws:states:us-east-1:123456789012:execution:decide:8a1e',
            at: after(6.1),
            evidence: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
            override: false,
            overtakenBy: null,
          },
        },
      ],
    },
    audit: {
      at: after(25.5),
      open: [
        { what: 'the read flag is still there', remedy: 'Take it out of the application, then delete it' },
      ],
      passed: ['users.email is gone', '200138 rows, 0 of them NULL in email_address'],
    },
    cost: {
      usd: 0.0213,
      items: [
        { what: 'Step Functions state transitions', quantity: 612, usd: 0.0153 },
        { what: 'Lambda invocations', quantity: 141, usd: 0.00003 },
        { what: 'Lambda GB-seconds (arm64)', quantity: 18.4, usd: 0.00025 },
        { what: 'RDS Data API requests', quantity: 1204, usd: 0.00042 },
      ],
      counts: [{ name: 'History events', value: '813 in 47 executions' }],
      notes: [],
    },
    statements: [
      {
        phase: 'expand',
        units: [
          {
            does: 'add column email_address',
            lock: 'ACCESS EXCLUSIVE',
            kind: 'brief',
            sql: ['ALTER TABLE public.users ADD COLUMN email_address text'],
            appliedAt: after(0.4),
            stands: true,
          },
        ],
        undo: 'drop column email_address',
      },
      {
        phase: 'backfill',
        units: [
          {
            does: 'copy one batch',
            lock: 'none',
            kind: 'batch',
            sql: ['UPDATE public.users SET email_address = email WHERE id BETWEEN :lo AND :hi'],
            appliedAt: null,
            stands: false,
          },
        ],
        undo: null,
      },
    ],
    warnings: [],
    ...with_,
  };
}

/** A real run of which only the ledger is known. */
export function unmeasuredReport(): Report {
  const noReads = { notMeasured: 'the application published no reads to CloudWatch' };
  return sampleReport({
    kind: 'run',
    phases: [],
    marks: [],
    outcome: {
      status: 'needs-a-person',
      sentence: 'Stopped in contract after 25.7 s and waits for a person.',
      noticed: 'What users noticed was not measured: the application published no reads to CloudWatch.',
      reason: 'LockNotAcquired: a lock was not granted within the lock timeout',
    },
    users: noReads,
    latency: noReads,
    reads: noReads,
    backfill: { notMeasured: 'the ledger has no backfill' },
    lockWaits: { notMeasured: 'no probe of a real run times single waits' },
    blockedSessions: { notMeasured: 'no worker published what it saw' },
    database: { notMeasured: 'CloudWatch did not answer (AccessDenied)' },
    verification: { passes: [] },
    evidence: { gates: [] },
    audit: { notMeasured: 'nobody looked at what was left over' },
    cost: { notMeasured: 'Step Functions did not answer (AccessDenied)' },
    statements: [],
  });
}
