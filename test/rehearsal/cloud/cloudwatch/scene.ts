import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  type MetricDatum,
  type PutMetricAlarmCommandInput,
} from '@aws-sdk/client-cloudwatch';
import type { SmithyRpcV2CborProtocol } from '@smithy/core/cbor';
import { onTestFinished } from 'vitest';
import type { AlarmStateChange } from '../../../../rehearsal/cloud/cloudwatch/alarm-event.ts';
import {
  startCloudWatch,
  type CloudWatchOptions,
} from '../../../../rehearsal/cloud/cloudwatch/cloudwatch.ts';
import { ManualClock } from '../manual-clock.ts';
import { sdkOptions } from '../sdk-options.ts';

export const Namespace = 'Underpin/Rehearsal';
/** Of an alarm. */
export const arn = (name: string) => `arn:aws:cloudwatch:us-east-1:123456789012:alarm:${name}`;

/** A CloudWatch whose time stands, an unmodified client, and the shortest ways to put values and an alarm `errors`. */
export async function scene(
  options: CloudWatchOptions & { readonly protocol?: typeof SmithyRpcV2CborProtocol } = {},
) {
  const { protocol, ...rest } = options;
  const clock = new ManualClock();
  const service = await startCloudWatch({ clock, ...rest });
  const client = new CloudWatchClient({
    ...sdkOptions(service.endpoint),
    ...(protocol === undefined ? {} : { protocol }),
  });
  onTestFinished(async () => {
    client.destroy();
    await service.close();
  });
  const events: AlarmStateChange[] = [];
  service.onStateChange((event) => events.push(event));
  return {
    service,
    client,
    clock,
    events,
    put: (MetricName: string, Value: number, more: Partial<MetricDatum> = {}) =>
      client.send(
        new PutMetricDataCommand({
          Namespace,
          MetricData: [
            { MetricName, Value, StorageResolution: 1, Timestamp: new Date(clock.now()), ...more },
          ],
        }),
      ),
    alarm: (more: Partial<PutMetricAlarmCommandInput> = {}) =>
      client.send(
        new PutMetricAlarmCommand({
          AlarmName: 'errors',
          AlarmDescription: 'too many errors',
          Namespace,
          MetricName: 'Errors',
          Statistic: 'Sum',
          Period: 10,
          EvaluationPeriods: 1,
          Threshold: 5,
          ComparisonOperator: 'GreaterThanThreshold',
          ...more,
        }),
      ),
    state: async (name = 'errors') => {
      const { MetricAlarms, CompositeAlarms } = await client.send(
        new DescribeAlarmsCommand({ AlarmNames: [name], AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] }),
      );
      return [...(MetricAlarms ?? []), ...(CompositeAlarms ?? [])][0]?.StateValue;
    },
  };
}
