import { formatPercentage } from '../words/percentage.ts';

/** A value that the application has reported of its reads on the new path, averaged over a minute. */
export interface MinuteValue {
  readonly atMs: number;
  readonly value: number;
}

export interface ReportedRates {
  /** The share of the reads that failed, of 1; oldest first. */
  readonly errorRates: readonly MinuteValue[];
  /** p95 of the new path over that of the old; oldest first. */
  readonly latencyRatios: readonly MinuteValue[];
}

export interface ReadLimits {
  readonly errorRate: number;
  /** Growth of the new path's p95 over the old one's: 0.1 is a tenth. */
  readonly latencyP95: number;
}

/** As the alarms: errors in one minute are enough, slowness has to last. */
const slowMinutes = 3;
const minuteMs = 60_000;

/** Why reads are beyond a migration's own limits; undefined where they are not, or nothing was reported. */
export function readBreach({ errorRates, latencyRatios }: ReportedRates, limits: ReadLimits) {
  const failing = errorRates.find(({ value }) => value > limits.errorRate);
  if (failing !== undefined)
    return `${rounded(failing.value)} of the reads on the new path failed at ${minuteOf(failing)}: the migration's errorRate is ${formatPercentage(limits.errorRate)}`;
  const slow = latencyRatios.filter(({ value }) => value > 1 + limits.latencyP95);
  const lasting = slow.find(
    ({ atMs }, at) => slow[at + slowMinutes - 1]?.atMs === atMs + (slowMinutes - 1) * minuteMs,
  );
  if (lasting === undefined) return undefined;
  return `the new path's p95 was ${rounded(lasting.value - 1)} above the old one's for ${slowMinutes} minutes from ${minuteOf(lasting)} on: the migration's latencyP95 is +${formatPercentage(limits.latencyP95)}`;
}

const rounded = (share: number): string => `${Number((share * 100).toPrecision(3))}%`;
const minuteOf = ({ atMs }: MinuteValue): string => new Date(atMs).toISOString();
