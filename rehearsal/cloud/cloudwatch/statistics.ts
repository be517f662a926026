/** What one PutMetricData value leaves behind: `value` only where single values are known, as percentiles need. */
export type Sample = {
  readonly count: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly value: number | undefined;
  readonly unit: string;
};

/** Undefined when the samples cannot tell: there are none, or a percentile of statistic sets is asked for. */
export type Statistic = (samples: readonly Sample[]) => number | undefined;

const plain: ReadonlyMap<string, Statistic> = new Map([
  ['SampleCount', count],
  ['Sum', sum],
  ['Average', (samples: readonly Sample[]) => sum(samples) / count(samples)],
  [
    'Minimum',
    (samples: readonly Sample[]) => samples.reduce((least, it) => Math.min(least, it.minimum), Infinity),
  ],
  [
    'Maximum',
    (samples: readonly Sample[]) => samples.reduce((most, it) => Math.max(most, it.maximum), -Infinity),
  ],
]);

/** By its name in the API: one of the five, or `p95`, `p99.9`. Undefined for those that are not imitated. */
export function statisticOf(name: string): Statistic | undefined {
  const known = plain.get(name);
  const rank = percentRank(name);
  const statistic = known ?? (rank === undefined ? undefined : percentile(rank));
  return statistic && ((samples) => (samples.length === 0 ? undefined : statistic(samples)));
}

/** 0 to 100 for `p0` to `p100`; undefined for any other statistic. */
export function percentRank(name: string): number | undefined {
  return /^p(\d{1,2}(\.\d{1,10})?|100)$/.test(name) ? Number(name.slice(1)) : undefined;
}

export function count(samples: readonly Sample[]): number {
  return samples.reduce((total, it) => total + it.count, 0);
}

function sum(samples: readonly Sample[]): number {
  return samples.reduce((total, it) => total + it.sum, 0);
}

/** Nearest rank. CloudWatch's own interpolation is not public. */
function percentile(rank: number): Statistic {
  return (samples) => {
    const values = samples.flatMap((it) =>
      it.value === undefined ? [] : [{ at: it.value, count: it.count }],
    );
    if (values.length < samples.length) return undefined;
    const sorted = values.toSorted((a, b) => a.at - b.at);
    let left = Math.max(1, Math.ceil((rank / 100) * count(samples)));
    return sorted.find((it) => (left -= it.count) <= 0)?.at;
  };
}
