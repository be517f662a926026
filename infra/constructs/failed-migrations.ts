import { Duration } from 'aws-cdk-lib';
import { MathExpression, Stats, type Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { notifyingAlarm, type Telling } from './notifying-alarm.ts';

const ofMinute = { period: Duration.minutes(1), statistic: Stats.SUM };

/**
 * A migration that ended otherwise than done: rolled back, refused, or in need of a person. Also one whose execution was
 * stopped or timed out, which nothing inside it can report any more.
 */
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
      says: 'A migration was rolled back, did not start, was stopped, or needs a person',
      metric: new MathExpression({
        expression: 'failed + timedOut + aborted',
        usingMetrics: {
          failed: migration.metricFailed(ofMinute),
          timedOut: migration.metricTimedOut(ofMinute),
          aborted: migration.metricAborted(ofMinute),
        },
        period: ofMinute.period,
      }),
    });
  }
}
