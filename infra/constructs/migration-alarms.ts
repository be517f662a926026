import {
  Alarm,
  AlarmRule,
  AlarmState,
  ComparisonOperator,
  CompositeAlarm,
  Stats,
  TreatMissingData,
  type IAlarm,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Construct } from 'constructs';
import type { Limits } from '../config.ts';
import { ownMetric, type WatchedTarget } from './guardrail-alarms.ts';
import type { AlarmNotification } from './notifying-alarm.ts';
import { runbookLink } from './runbook-link.ts';

export interface MigrationAlarmsProps extends Pick<AlarmNotification, 'topic' | 'runbook'> {
  readonly watched: WatchedTarget;
  readonly limits: Pick<Limits, 'slowStatements'>;
  /** The composite of the target's guardrails. */
  readonly guardrails: IAlarm;
}

/**
 * What people hear of while a migration of the target is open, and at no other time: guardrails are tighter than a database
 * needs them that nobody migrates. Handlers ask none of these: a metric that is late must not keep a migration going.
 */
export class MigrationAlarms extends Construct {
  readonly alarms: readonly IAlarm[];

  constructor(
    scope: Construct,
    id: string,
    { watched, limits: { slowStatements }, guardrails, topic, runbook }: MigrationAlarmsProps,
  ) {
    super(scope, id);
    const named = (name: string) => `${watched.prefix}-${watched.target}-${name}`;
    const open = new Alarm(this, 'Open', {
      alarmName: named('migration-open'),
      alarmDescription: `A migration of ${watched.target} is under way. No fault. ${runbookLink(runbook, 'migration-open')}`,
      // Where one ends and another goes on within a minute, the end says so last or the next minute does.
      metric: ownMetric(watched, 'OpenMigrations', Stats.MINIMUM),
      threshold: 0,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      // A migration that waits for days publishes nothing meanwhile; only its end says that it is over.
      treatMissingData: TreatMissingData.IGNORE,
    });
    const breached = new CompositeAlarm(this, 'Breached', {
      compositeAlarmName: named('migration-breached'),
      alarmDescription: `A guardrail is breached while a migration of ${watched.target} is under way: it rolls back. ${runbookLink(runbook, 'migration-breached')}`,
      alarmRule: AlarmRule.allOf(
        ...[guardrails, open].map((alarm) => AlarmRule.fromAlarm(alarm, AlarmState.ALARM)),
      ),
    });
    const slow = new Alarm(this, 'Slow', {
      alarmName: named('slow-statements'),
      alarmDescription: `More than ${slowStatements} statements run for over ten seconds while rows are copied or compared. Rolls nothing back. ${runbookLink(runbook, 'slow-statements')}`,
      // Workers publish it: without a migration there is none.
      metric: ownMetric(watched, 'SlowStatements', Stats.MAXIMUM),
      threshold: slowStatements,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 3,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    for (const alarm of [breached, slow]) {
      alarm.addAlarmAction(new SnsAction(topic));
      alarm.addOkAction(new SnsAction(topic));
    }
    this.alarms = [breached, slow, open];
  }
}
