import { Alarm, ComparisonOperator, TreatMissingData, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { runbookLink } from './runbook-link.ts';

export interface AlarmNotification {
  readonly prefix: string;
  readonly topic: ITopic;
  readonly runbook: string;
}

/** An alarm that rolls nothing back: it tells people as soon as its metric is above 0. `name` is its runbook heading. */
export function notifyingAlarm(
  scope: Construct,
  { prefix, topic, runbook }: AlarmNotification,
  { name, says, metric }: { readonly name: string; readonly says: string; readonly metric: IMetric },
): Alarm {
  const alarm = new Alarm(scope, name, {
    alarmName: `${prefix}-${name}`,
    alarmDescription: `${says}. Rolls nothing back. ${runbookLink(runbook, name)}`,
    metric,
    threshold: 0,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    evaluationPeriods: 1,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
  alarm.addAlarmAction(new SnsAction(topic));
  return alarm;
}
