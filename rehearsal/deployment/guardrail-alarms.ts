import {
  CloudWatchClient,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import type { AwsPlace } from '../cloud/aws-place.ts';
import { account, region } from './services.ts';

/** The composite alarm of a target. */
const guardrailAlarmOf = (target: string): string => `underpin-${target}-guardrails`;
export const guardrailAlarmArnOf = (target: string): string =>
  `arn:aws:cloudwatch:${region}:${account}:alarm:${guardrailAlarmOf(target)}`;
const namespace = 'Underpin/Rehearsal';

export interface GuardrailLimits {
  /** Share of failed requests, of 1. */
  readonly errorRate: number;
  /** Growth of p95 over its baseline, of 1. */
  readonly latencyP95: number;
}

/** The alarms that guard a target: error rate and latency of its own traffic, under one composite. */
export async function createGuardrails(
  place: AwsPlace,
  target: string,
  limits: GuardrailLimits,
): Promise<void> {
  const client = new CloudWatchClient(place);
  const alarm = (name: string, metric: string, limit: number, seconds: number) =>
    client.send(
      new PutMetricAlarmCommand({
        AlarmName: name,
        Namespace: namespace,
        MetricName: metric,
        Dimensions: dimensions(target),
        Statistic: 'Average',
        Period: 1,
        EvaluationPeriods: seconds,
        DatapointsToAlarm: seconds,
        Threshold: limit,
        ComparisonOperator: 'GreaterThanThreshold',
        TreatMissingData: 'notBreaching',
      }),
    );
  const [errorRate, latency] = [`underpin-${target}-error-rate`, `underpin-${target}-latency-p95`];
  await alarm(errorRate, 'ErrorRate', limits.errorRate, 1);
  await alarm(latency, 'LatencyExcess', limits.latencyP95, 3);
  await client.send(
    new PutCompositeAlarmCommand({
      AlarmName: guardrailAlarmOf(target),
      AlarmRule: `ALARM("${errorRate}") OR ALARM("${latency}")`,
    }),
  );
  client.destroy();
}

const dimensions = (target: string) => [{ Name: 'target', Value: target }];

/** Publishes what the traffic of a target measures, as an application's own metrics would be. */
export class GuardrailMetrics {
  private readonly client: CloudWatchClient;

  constructor(
    place: AwsPlace,
    private readonly target: string,
  ) {
    this.client = new CloudWatchClient(place);
  }

  async publish({
    errorRate,
    latencyExcess,
  }: {
    readonly errorRate: number;
    readonly latencyExcess: number;
  }): Promise<void> {
    const Dimensions = dimensions(this.target);
    await this.client.send(
      new PutMetricDataCommand({
        Namespace: namespace,
        MetricData: [
          { MetricName: 'ErrorRate', Dimensions, Value: errorRate, StorageResolution: 1 },
          { MetricName: 'LatencyExcess', Dimensions, Value: latencyExcess, StorageResolution: 1 },
        ],
      }),
    );
  }
}
