import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { Stats, type Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { leastRole } from './least-role.ts';
import { notifyingAlarm, type AlarmNotification } from './notifying-alarm.ts';

export interface BreachRuleProps extends AlarmNotification {
  readonly breach: IStateMachine;
}

/**
 * Starts the breach machine when an alarm goes on. EventBridge tries for an hour; what it could not deliver
 * and whatever fails in the machine is an alarm itself.
 */
export class BreachRule extends Construct {
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: BreachRuleProps) {
    super(scope, id);
    const { prefix, breach } = props;
    const undelivered = new Queue(this, 'Undelivered', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    Validations.of(undelivered).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is the dead-letter queue.',
    });
    const ruleName = `${prefix}-guardrail-breached`;
    const rule = new Rule(this, 'Rule', {
      ruleName,
      description: 'An alarm is on: fail the open holds that it concerns, so that their migrations roll back',
      eventPattern: {
        source: ['aws.cloudwatch'],
        detailType: ['CloudWatch Alarm State Change'],
        // A migration may name alarms of the team, which this stack does not know: the machine finds whose it is.
        detail: { state: { value: ['ALARM'] } },
      },
    });
    rule.addTarget(
      new SfnStateMachine(breach, {
        role: leastRole(
          this,
          'Role',
          {
            service: 'events.amazonaws.com',
            for: [Stack.of(this).formatArn({ service: 'events', resource: 'rule', resourceName: ruleName })],
          },
          [
            {
              why: 'start the breach machine',
              actions: ['states:StartExecution'],
              resources: [breach.stateMachineArn],
            },
          ],
          `Lets EventBridge start ${prefix}-breach`,
        ).withoutPolicyUpdates(),
        retryAttempts: 185,
        maxEventAge: Duration.hours(1),
        deadLetterQueue: undelivered,
      }),
    );
    this.alarms = [
      notifyingAlarm(this, props, {
        name: 'breach-undelivered',
        says: 'EventBridge could not start the breach machine: windows and gates do not know of the breach',
        metric: undelivered.metricApproximateNumberOfMessagesVisible({
          period: Duration.minutes(1),
          statistic: Stats.MAXIMUM,
        }),
      }),
      notifyingAlarm(this, props, {
        name: 'breach-failed',
        says: 'The breach machine failed: windows and gates may not know of the breach',
        metric: breach.metricFailed({ period: Duration.minutes(1), statistic: Stats.SUM }),
      }),
    ];
  }
}
