import { Metrics } from '@aws-lambda-powertools/metrics';
import type { TargetedMigration } from '../../engine/words/target.ts';
import { underpinMetrics, underpinNamespace, type UnderpinMetric } from './metric-names.ts';

const byTarget = new Map<string, Metrics>();

/** With the target as a default: named in each set of dimensions, it would be reported as a collision with every line. */
function metricsOf(target: string): Metrics {
  const known = byTarget.get(target);
  if (known !== undefined) return known;
  const metrics = new Metrics({ namespace: underpinNamespace, defaultDimensions: { target } });
  byTarget.set(target, metrics);
  return metrics;
}

export type MetricValues = { readonly [M in Exclude<UnderpinMetric, 'OpenMigrations'>]?: number };

/**
 * Publishes what was measured of one migration, as a line of the log that CloudWatch turns into metrics: once over all
 * migrations of its target, for the alarms, and once for this one, for the dashboard.
 */
export function publish({ migration, target }: TargetedMigration, measured: MetricValues): void {
  const metrics = metricsOf(target);
  metrics.addDimensions({}).addDimensions({ migration });
  for (const [name, value] of Object.entries(measured))
    if (isMetric(name)) metrics.addMetric(name, underpinMetrics[name], value);
  metrics.publishStoredMetrics();
}

/** Publishes how many migrations of a target are under way: what alarms that tell people depend on. */
export function publishOpen({ name }: { readonly name: string }, migrations: number): void {
  const metrics = metricsOf(name);
  metrics.addMetric('OpenMigrations', underpinMetrics.OpenMigrations, migrations);
  metrics.publishStoredMetrics();
}

const isMetric = (name: string): name is UnderpinMetric => name in underpinMetrics;
