import type { Datum, Dimensions } from './metric-input.ts';
import type { Sample } from './statistics.ts';

export type MetricName = {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: Dimensions;
};

const keptMs = 3 * 3_600_000;

/**
 * All values by the second. High resolution keeps the second of a value, standard resolution moves it to its minute,
 * so an alarm of 10 seconds on a standard metric lacks data as it does on AWS. Values older than three hours go.
 */
export class MetricStore {
  private readonly series = new Map<string, Map<number, Sample[]>>();

  put(Namespace: string, datum: Datum, now: number): void {
    const { MetricName, Dimensions, StorageResolution } = datum;
    const key = keyOf({ Namespace, MetricName, Dimensions });
    const seconds = this.series.get(key) ?? new Map<number, Sample[]>();
    this.series.set(key, seconds);
    const at = floor(datum.Timestamp ?? now, StorageResolution * 1000);
    const samples = seconds.get(at);
    if (samples === undefined) {
      seconds.set(at, samplesOf(datum));
      for (const old of seconds.keys()) if (old < now - keptMs) seconds.delete(old);
    } else samples.push(...samplesOf(datum));
  }

  /** From `start` to before `end`, in ms; only those of `unit` when it is given. */
  between(metric: MetricName, start: number, end: number, unit?: string): readonly Sample[] {
    const seconds = this.series.get(keyOf(metric));
    if (seconds === undefined) return [];
    const found: (readonly Sample[])[] = [];
    for (let at = floor(start, 1000); at < end; at += 1000) found.push(seconds.get(at) ?? []);
    const samples = found.flat();
    return unit === undefined ? samples : samples.filter((it) => it.unit === unit);
  }
}

export function floor(at: number, step: number): number {
  return Math.floor(at / step) * step;
}

/** Dimensions are a set: their order does not make another metric. */
function keyOf({ Namespace, MetricName, Dimensions }: MetricName): string {
  const sorted = Dimensions.map((it) => [it.Name, it.Value]).toSorted(([a = ''], [b = '']) =>
    a < b ? -1 : 1,
  );
  return JSON.stringify([Namespace, MetricName, sorted]);
}

function samplesOf({ Value, Values, Counts, StatisticValues, Unit }: Datum): Sample[] {
  if (StatisticValues !== undefined) {
    const { SampleCount, Sum, Minimum, Maximum } = StatisticValues;
    const value = Minimum === Maximum ? Minimum : undefined;
    return [{ count: SampleCount, sum: Sum, minimum: Minimum, maximum: Maximum, value, unit: Unit }];
  }
  const values = Values ?? (Value === undefined ? [] : [Value]);
  return values.map((value, index) => {
    const count = Counts?.[index] ?? 1;
    return { count, sum: value * count, minimum: value, maximum: value, value, unit: Unit };
  });
}
