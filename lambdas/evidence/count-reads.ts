import type { Datapoint } from '../runtime/metric-history.ts';
import type { Tools } from '../runtime/tools.ts';

/** Reads by path, as the application has reported them. */
export interface ReadsCounted {
  readonly old: number;
  readonly new: number;
  /** Of the old path, from the first whole period on: the window began within the period before, and agents hear late. */
  readonly oldLately: number;
}

/** Sums of the application's metric `Reads` from a moment until now. Raises TransientAwsError or what CloudWatch raised. */
export async function countReads(
  {
    metricHistory,
    applicationNamespace,
    target,
  }: Pick<Tools, 'metricHistory' | 'applicationNamespace' | 'target'>,
  migration: string,
  { fromMs, nowMs }: { readonly fromMs: number; readonly nowMs: number },
): Promise<ReadsCounted> {
  const periodSeconds = periodOf((nowMs - fromMs) / 1000);
  const reads = (path: 'old' | 'new') => ({
    namespace: applicationNamespace,
    metric: 'Reads',
    dimensions: { target: target.name, migration, path },
    statistic: 'Sum',
  });
  // The end is no part of a question to CloudWatch; this second is.
  const asked = { fromMs, toMs: nowMs + 1000, periodSeconds };
  const found = await metricHistory.read({ old: reads('old'), new: reads('new') }, asked);
  const firstWholeMs = Math.ceil(fromMs / (periodSeconds * 1000)) * periodSeconds * 1000;
  return {
    old: sum(found('old')),
    new: sum(found('new')),
    oldLately: sum(found('old').filter(({ atMs }) => atMs >= firstWholeMs)),
  };
}

const sum = (points: readonly Datapoint[]): number => points.reduce((total, { value }) => total + value, 0);

const day = 86_400;

// CloudWatch keeps seconds for three hours, minutes for 15 days, five minutes for 63. A window of some minutes is a
// rehearsal's, and needs a metric of high resolution; over days a finer period would only be more to read.
function periodOf(seconds: number): number {
  if (seconds <= 900) return 1;
  if (seconds <= day) return 60;
  return seconds <= 15 * day ? 300 : 3600;
}
