/**
 * How often each latency was seen, in buckets that grow by 2 %: any percentile is right within 1 %, whatever the
 * number of requests. Plain data, so that it travels between processes and several can be added up.
 */
export type Latencies = Readonly<Record<number, number>>;

const smallestMs = 0.01;
const growth = Math.log(1.02);

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

function bucketOf(ms: number): number {
  return Math.max(0, Math.round(Math.log(Math.max(ms, smallestMs) / smallestMs) / growth));
}

function msOf(bucket: number): number {
  return smallestMs * Math.exp(bucket * growth);
}

/** Milliseconds below which `percent` of the requests stayed; 0 when there were none. */
export function percentile(latencies: Latencies, percent: number): number {
  const buckets = Object.entries(latencies)
    .map(([bucket, count]) => ({ bucket: Number(bucket), count }))
    .toSorted((a, b) => a.bucket - b.bucket);
  const total = buckets.reduce((sum, { count }) => sum + count, 0);
  const rank = Math.ceil((total * percent) / 100);
  let seen = 0;
  for (const { bucket, count } of buckets) {
    seen += count;
    if (seen >= rank) return Number(msOf(bucket).toPrecision(4));
  }
  return 0;
}

export function percentiles(latencies: Latencies): Percentiles {
  return { p50: percentile(latencies, 50), p95: percentile(latencies, 95), p99: percentile(latencies, 99) };
}

/** Of several phases together: percentiles themselves cannot be added up. */
export function mergedLatencies(all: readonly Latencies[]): Latencies {
  const sum: Record<number, number> = {};
  for (const latencies of all)
    for (const [bucket, count] of Object.entries(latencies))
      sum[Number(bucket)] = (sum[Number(bucket)] ?? 0) + count;
  return sum;
}

/** Latencies being collected. */
export class LatencyRecorder {
  readonly #counts = new Map<number, number>();

  add(ms: number): void {
    const bucket = bucketOf(ms);
    this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + 1);
  }

  /** Takes over what another has collected. */
  addAll(latencies: Latencies): void {
    for (const [bucket, count] of Object.entries(latencies))
      this.#counts.set(Number(bucket), (this.#counts.get(Number(bucket)) ?? 0) + count);
  }

  get latencies(): Latencies {
    return Object.fromEntries(this.#counts);
  }
}
