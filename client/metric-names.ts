/** The namespace where nothing else is said; the stack's alarms look there. */
export const defaultNamespace = 'Underpin/Application';

/** What is published, with its unit. The stack's alarms, its dashboard and the evidence of the contract gate know these names. */
export const metricUnits = {
  Reads: 'Count',
  ReadErrors: 'Count',
  ReadLatency: 'Milliseconds',
  ReadErrorRate: 'None',
  ReadLatencyRatio: 'None',
  Comparisons: 'Count',
  ComparisonMismatches: 'Count',
  BreakerOpen: 'None',
  PartialWrites: 'Count',
} as const;
export type MetricName = keyof typeof metricUnits;
