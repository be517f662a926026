import type { Application } from './application.ts';
import type { Breach } from './breach.ts';
import type { GuardrailMetrics } from '../deployment/guardrail-alarms.ts';
import { rest } from './rest.ts';
import type { TrafficSnapshot } from '../traffic/measurements.ts';

const tickMs = 1000;
// A laptop's own noise is not the migration's: latency counts as in excess only from here on.
const latencyFloorMs = 250;

/** Publishes error rate and latency once a second, as the application's own metrics would be. */
export async function feedGuardrails(
  application: Application,
  metrics: GuardrailMetrics,
  breach: Breach | null,
  ended: AbortSignal,
): Promise<void> {
  let before = await application.snapshot();
  while (!ended.aborted) {
    await rest(tickMs, ended);
    if (ended.aborted) return;
    const now = await application.snapshot();
    const latencyExcess = excess(now, application.baseline?.p95Ms ?? 0);
    await metrics.publish({
      errorRate: breach?.lasts ? breach.errorRate : errorRate(before, now),
      latencyExcess,
    });
    before = now;
  }
}

function errorRate(before: TrafficSnapshot | undefined, now: TrafficSnapshot | undefined): number {
  const requests = (now?.requests ?? 0) - (before?.requests ?? 0);
  return requests === 0 ? 0 : ((now?.failed ?? 0) - (before?.failed ?? 0)) / requests;
}

/** By how much p95 exceeds its baseline, of 1. */
function excess(now: TrafficSnapshot | undefined, baseline: number): number {
  if (!now || now.recentP95 < baseline + latencyFloorMs) return 0;
  return now.recentP95 / Math.max(baseline, 0.1) - 1;
}
