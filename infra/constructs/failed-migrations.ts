import { Duration } from 'aws-cdk-lib';
import { Stats, type Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { notifyingAlarm, type AlarmNotification } from './notifying-alarm.ts';

const ofMinute = { period: Duration.minutes(1), statistic: Stats.SUM };

/**
 * Migrations that ended otherwise than done: rolled back, refused, or in need of a person. Those whose execution was
 * stopped or timed out have alarms of their own: nothing inside such an execution can report it any more, and a sum of the
 * three metrics would have no value while one of them has no data.
 */
export class FailedMigrations extends Construct {
  readonly alarms: readonly Alarm[];

  constructor(
    scope: Construct,
    id: string,
    { migration, ...telling }: AlarmNotification & { readonly migration: IStateMachine },
  ) {
    super(scope, id);
    this.alarms = [
      {
        name: 'migration-failed',
        says: 'A migration was rolled back, did not start, or needs a person',
        metric: migration.metricFailed(ofMinute),
      },
      {
        name: 'migration-stopped',
        says: 'The execution of a migration was stopped',
        metric: migration.metricAborted(ofMinute),
      },
      {
        name: 'migration-timed-out',
        says: 'The execution of a migration ran out of its time',
        metric: migration.metricTimedOut(ofMinute),
      },
    ].map((alarm) => notifyingAlarm(this, telling, alarm));
  }
}
