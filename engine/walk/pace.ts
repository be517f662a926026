import type { Purpose } from '../ledger/walk-id.ts';
import type { Settings } from '../plan/settings.ts';

/** How fast a worker walks: the rows of its next statement, from the time that the last ones took. */
export interface Pace {
  readonly rows: number;
  /** Rows were refused lately: grow back faster than by time. */
  readonly searching: boolean;
}

export interface PaceLimits {
  readonly targetMs: number;
  readonly maxRows: number;
}

const firstRows = 1000;
const fewestRows = 10;

/**
 * What one statement may touch at the most: so much log, and so much to do again when it is refused. Under back-pressure
 * time says little about size. The number is that of spirit's copier.
 */
const mostBytes = 16 * 1024 * 1024;

/** `rowBytes` is what a row takes in the table on average; null where the server has not counted. */
export const paceLimits = (
  { targetBatchTimeMs, maxBatchRows }: Pick<Settings['backfill'], 'targetBatchTimeMs' | 'maxBatchRows'>,
  rowBytes: number | null,
): PaceLimits => ({
  targetMs: targetBatchTimeMs,
  maxRows: Math.max(
    Math.min(maxBatchRows, fewestRows),
    Math.min(maxBatchRows, rowBytes === null ? Infinity : Math.floor(mostBytes / Math.max(1, rowBytes))),
  ),
});

/**
 * `before`: the rows of this walk's latest statement, of whatever shard and invocation. Half of them, for what has changed
 * since; it grows back in two statements.
 */
export const firstPace = ({ maxRows }: PaceLimits, before = 0): Pace => ({
  rows: Math.min(Math.max(firstRows, Math.floor(before / 2)), maxRows),
  searching: false,
});

/**
 * After a statement that took `tookMs`. Aims at the target time; grows by at most half, or fourfold where even that would
 * stay below half of the target, and one statement of five times the target cuts to a tenth at once. Rules after spirit's
 * chunker (pkg/table/chunker.go).
 */
export function paceAfter(pace: Pace, tookMs: number, { targetMs, maxRows }: PaceLimits): Pace {
  if (pace.searching && tookMs < targetMs) {
    const rows = Math.min(pace.rows * 4, maxRows);
    return { rows, searching: rows < firstRows && rows < maxRows };
  }
  const wanted = tookMs > 5 * targetMs ? pace.rows / 10 : (pace.rows * targetMs) / Math.max(tookMs, 1);
  const most = tookMs * 8 < targetMs ? pace.rows * 4 : pace.rows * 1.5 + 1;
  const rows = Math.round(Math.min(wanted, most));
  return { rows: Math.min(Math.max(rows, fewestRows), maxRows), searching: false };
}

/** After a row's data refused the statement: halve until it stands alone. */
export const paceAfterRefusal = (pace: Pace): Pace => ({
  rows: Math.max(1, Math.floor(pace.rows / 2)),
  searching: true,
});

/** After a lock was not granted in time: hold fewer rows, so that whoever holds it is met more rarely. */
export const paceAfterLock = (pace: Pace): Pace => ({
  ...pace,
  rows: Math.max(1, Math.floor(pace.rows / 2)),
});

/**
 * The share of its time that a worker works, unless people order another. The comparisons of the confidence window go on for
 * days beside the application, and have a budget of their own; everybody waits for the others.
 */
export const declaredDutyCycle = (
  { backfill, confidence }: Pick<Settings, 'backfill' | 'confidence'>,
  purpose: Purpose,
): number => (purpose === 'reconcile' ? (confidence.dutyCycle ?? backfill.dutyCycle) : backfill.dutyCycle);

/** The rest that leaves the database its share: a duty cycle of 0.8 rests a quarter of the time worked. */
export const restMs = (tookMs: number, dutyCycle: number): number => tookMs * (1 / dutyCycle - 1);
