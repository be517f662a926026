import type { TrafficResult } from './application.ts';
import type { Report } from '../../report/report.ts';
import type { RehearsalOptions } from '../options.ts';
import type { Screen } from '../screen/screen.ts';
import type { HistoryCount, TimedSection } from './timeline.ts';

export type Outcome = 'completed' | 'rolled-back' | 'failed';

/** What a rehearsal measured; written by `--json`. Times in milliseconds. */
export interface RehearsalResult {
  readonly migration: string;
  readonly outcome: Outcome;
  /** Of the handlers, as `v24.21.0`. */
  readonly node: string;
  readonly phases: readonly TimedSection[];
  readonly backfill: {
    readonly rows: number;
    readonly batches: number;
    readonly workers: number;
    readonly rowsPerSecond: number;
  };
  /** `repaired`: of an application that writes both sides itself, rows of which one had missed a write. */
  readonly verification: {
    readonly checked: number;
    readonly mismatches: number;
    readonly repaired?: number;
  };
  readonly traffic: TrafficResult;
  readonly history: HistoryCount;
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

/** Whether it ended as its options ask. `killFailed`: the worker that was to be killed was not. */
export function endedAsAsked(
  { breach, reject }: Pick<RehearsalOptions, 'breach' | 'reject'>,
  { outcome, traffic, verification }: RehearsalResult,
  killFailed: boolean,
): boolean {
  const whole = traffic.lostWrites === 0 && traffic.failed === 0;
  if (breach !== null || reject !== null) return outcome === 'rolled-back' && whole;
  return outcome === 'completed' && whole && verification.mismatches === 0 && !killFailed;
}

/** The table at the end of a rehearsal; its phases stand on the screen already. */
export function resultTable(
  result: RehearsalResult,
  notes: readonly string[],
  styled: Screen['styled'],
): string {
  const { backfill, verification, traffic, rollback } = result;
  const lines: (readonly [string, string])[] = [
    [
      'rows backfilled',
      `${whole(backfill.rows)} by ${backfill.workers} workers, ${whole(backfill.rowsPerSecond)} rows/s`,
    ],
    [
      'rows compared',
      `${whole(verification.checked)}, ${whole(verification.mismatches)} differ${verification.repaired === undefined ? '' : `, ${whole(verification.repaired)} repaired`}`,
    ],
    ...trafficLines(traffic),
    ...(rollback === undefined
      ? []
      : [
          [
            'reads back',
            `${seconds(rollback.breachToReadsBackMs)} after the breach in ${rollback.phase}`,
          ] as const,
        ]),
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  const outcome = styled(outcomeStyles[result.outcome], result.outcome);
  return [
    `${styled('bold', result.migration)}: ${outcome}`,
    ...lines.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`),
    ...notes.map((note) => `  ${note}`),
  ].join('\n');
}

function trafficLines(traffic: TrafficResult): readonly (readonly [string, string])[] {
  const { requests, failed, lostWrites, p95BaselineMs, p95DuringMs, longestLockWaitMs } = traffic;
  if (requests === 0) return [['requests', 'none, so what users would notice was not measured']];
  const before = p95BaselineMs === null ? 'not stable' : `${p95BaselineMs.toFixed(1)} ms`;
  return [
    ['requests', `${whole(requests)}, ${whole(failed)} failed, ${whole(lostWrites)} writes lost`],
    ['p95 latency', `${before} before, ${p95DuringMs.toFixed(1)} ms during`],
    ['lock wait', `${longestLockWaitMs.toFixed(0)} ms at the longest`],
  ];
}

const outcomeStyles = { completed: 'green', 'rolled-back': 'yellow', failed: 'red' } as const;

const whole = (number: number): string => Math.round(number).toLocaleString('en-US');
const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
