import {
  CloudWatchClient,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import type { AwsPlace } from '../cloud/aws-place.ts';
import { account, region } from './services.ts';

export const guardrailAlarm = 'underpin-guardrails';
export const guardrailAlarmArn = `arn:aws:cloudwatch:${region}:${account}:alarm:${guardrailAlarm}`;
const namespace = 'Underpin/Rehearsal';

export interface GuardrailLimits {
  /** Share of failed requests, of 1. */
  readonly errorRate: number;
  /** Growth of p95 over its baseline, of 1. */
  readonly latencyP95: number;
}

/** The alarms that guard a rehearsal: error rate and latency of its own traffic, under one composite. */
export async function createGuardrails(place: AwsPlace, limits: GuardrailLimits): Promise<void> {
  const client = new CloudWatchClient(place);
  const alarm = (name: string, metric: string, limit: number, seconds: number) =>
    client.send(
      new PutMetricAlarmCommand({
        AlarmName: name,
        Namespace: namespace,
        MetricName: metric,
        Statistic: 'Average',
        Period: 1,
        EvaluationPeriods: seconds,
        DatapointsToAlarm: seconds,
        Threshold: limit,
        ComparisonOperator: 'GreaterThanThreshold',
        TreatMissingData: 'notBreaching',
      }),
    );
  await alarm('underpin-error-rate', 'ErrorRate', limits.errorRate, 1);
  await alarm('underpin-latency-p95', 'LatencyExcess', limits.latencyP95, 3);
  await client.send(
    new PutCompositeAlarmCommand({
      AlarmName: guardrailAlarm,
      AlarmRule: 'ALARM("underpin-error-rate") OR ALARM("underpin-latency-p95")',
    }),
  );
  client.destroy();
}

/** Publishes what the traffic measures, as an application's own metrics would be. */
export class GuardrailMetrics {
  private readonly client: CloudWatchClient;

  constructor(place: AwsPlace) {
    this.client = new CloudWatchClient(place);
  }

  async publish({
    errorRate,
    latencyExcess,
  }: {
    readonly errorRate: number;
    readonly latencyExcess: number;
  }): Promise<void> {
    await this.client.send(
      new PutMetricDataCommand({
        Namespace: namespace,
        MetricData: [
          { MetricName: 'ErrorRate', Value: errorRate, StorageResolution: 1 },
          { MetricName: 'LatencyExcess', Value: latencyExcess, StorageResolution: 1 },
        ],
      }),
    );
  }
}
