import { Duration } from 'aws-cdk-lib';
import { Stats, type Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { notifyingAlarm, type Telling } from './notifying-alarm.ts';

/** A migration that ended otherwise than done: rolled back, refused, or in need of a person. */
export class FailedMigrations extends Construct {
  readonly alarm: Alarm;

  constructor(
    scope: Construct,
    id: string,
    { migration, ...telling }: Telling & { readonly migration: IStateMachine },
  ) {
    super(scope, id);
    this.alarm = notifyingAlarm(this, telling, {
      name: 'migration-failed',
      says: 'A migration was rolled back, did not start, or needs a person',
      metric: migration.metricFailed({ period: Duration.minutes(1), statistic: Stats.SUM }),
    });
  }
}
