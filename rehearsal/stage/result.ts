import type { TrafficResult } from './application.ts';
import type { Report } from '../../report/report.ts';
import type { Timed } from './timeline.ts';

export type Outcome = 'completed' | 'rolled-back' | 'failed';

/** What a rehearsal measured; written by `--json`. Times in milliseconds. */
export interface RehearsalResult {
  readonly migration: string;
  readonly outcome: Outcome;
  readonly phases: readonly Timed[];
  readonly backfill: {
    readonly rows: number;
    readonly batches: number;
    readonly workers: number;
    readonly rowsPerSecond: number;
  };
  readonly verification: { readonly checked: number; readonly mismatches: number };
  readonly traffic: TrafficResult;
  readonly history: { readonly events: number; readonly executions: number };
  readonly rollback?: { readonly phase: string; readonly breachToReadsBackMs: number };
}

export interface Rehearsal {
  readonly result: RehearsalResult;
  /** It ended as its options asked: completed, or rolled back on purpose, with nothing lost and no request failed. */
  readonly asAsked: boolean;
  readonly notes: readonly string[];
  /** Null where the migration did not begin, or the state machine wrote none, which a note says. */
  readonly report: Report | null;
}

/** The table at the end of a rehearsal. */
export function resultTable(result: RehearsalResult, notes: readonly string[]): string {
  const { backfill, verification, traffic, history } = result;
  const lines: (readonly [string, string])[] = [
    ...result.phases.map(({ name, durationMs }): readonly [string, string] => [name, seconds(durationMs)]),
    ['', ''],
    [
      'rows backfilled',
      `${whole(backfill.rows)} in ${whole(backfill.batches)} batches by ${backfill.workers} workers`,
    ],
    ['rows per second', whole(backfill.rowsPerSecond)],
    ['rows verified', `${whole(verification.checked)}, mismatches: ${verification.mismatches}`],
    ['requests', `${whole(traffic.requests)}, failed: ${traffic.failed}`],
    ['lost writes', String(traffic.lostWrites)],
    ['longest lock wait', `${traffic.longestLockWaitMs.toFixed(0)} ms`],
    ['p95 baseline', `${traffic.p95BaselineMs.toFixed(1)} ms`],
    ['p95 during', `${traffic.p95DuringMs.toFixed(1)} ms`],
    ['history', `${history.events} events in ${history.executions} executions`],
    ...(result.rollback
      ? [
          [
            'breach to reads back',
            `${seconds(result.rollback.breachToReadsBackMs)} (in ${result.rollback.phase})`,
          ] as const,
        ]
      : []),
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  const table = lines.map(([name, value]) => (name === '' ? '' : `  ${name.padEnd(width)}  ${value}`));
  return [`${result.migration}: ${result.outcome}`, '', ...table, ...notes.map((note) => `  ${note}`)].join(
    '\n',
  );
}

const whole = (number: number): string => Math.round(number).toLocaleString('en-US');
const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
