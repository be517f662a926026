import { GuardrailBreached } from '../../engine/database/errors.ts';
import { readBreach, type ReadLimits } from '../../engine/reads/read-limits.ts';
import { applicationNamespace } from './environment.ts';
import { metricHistory } from './metric-history.ts';
import { perTarget } from './targets.ts';
import type { Tools } from './tools.ts';

/** What is older was seen by an earlier check, and asking for more would be more to pay. */
const longestMs = 3_600_000;

/** What the application reports of its reads on the new path, held against a migration's own limits. */
export class ReportedReads {
  constructor(private readonly from: Pick<Tools, 'metricHistory' | 'applicationNamespace' | 'target'>) {}

  /**
   * Raises GuardrailBreached when the reads since a moment, of the last hour at most, are beyond the limits. Silence is
   * health: until reads move, and where the application reports nothing, there is nothing to judge. Raises TransientAwsError.
   */
  async ask(
    migration: string,
    limits: ReadLimits,
    { sinceMs, nowMs }: { readonly sinceMs: number; readonly nowMs: number },
  ): Promise<void> {
    const rate = (metric: string) => ({
      namespace: this.from.applicationNamespace,
      metric,
      dimensions: { target: this.from.target.name, migration },
      statistic: 'Average',
    });
    const found = await this.from.metricHistory.read(
      { errorRates: rate('ReadErrorRate'), latencyRatios: rate('ReadLatencyRatio') },
      // The end is no part of a question to CloudWatch; this second is.
      { fromMs: Math.max(sinceMs, nowMs - longestMs), toMs: nowMs + 1000, periodSeconds: 60 },
    );
    const breach = readBreach(
      { errorRates: found('errorRates'), latencyRatios: found('latencyRatios') },
      limits,
    );
    if (breach !== undefined) throw new GuardrailBreached(breach);
  }
}

export const reportedReads = perTarget(
  (target) =>
    new ReportedReads({
      metricHistory: metricHistory(),
      applicationNamespace: applicationNamespace(),
      target,
    }),
);
