import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Subscription, SubscriptionProtocol, Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Config } from '../config.ts';
import type { Permission } from './least-role.ts';

const protocols = {
  email: SubscriptionProtocol.EMAIL,
  'email-json': SubscriptionProtocol.EMAIL_JSON,
  https: SubscriptionProtocol.HTTPS,
  sqs: SubscriptionProtocol.SQS,
  lambda: SubscriptionProtocol.LAMBDA,
  sms: SubscriptionProtocol.SMS,
} as const;

export interface NotificationsProps {
  readonly prefix: string;
  readonly notify: Config['notify'];
  /** Whether the key outlives the stack. */
  readonly keep: boolean;
}

/** Where people are notified of gates, rollbacks and alarms. */
export class Notifications extends Construct {
  readonly topic: Topic;
  private readonly key: Key;

  constructor(scope: Construct, id: string, { prefix, notify, keep }: NotificationsProps) {
    super(scope, id);
    // CloudWatch cannot publish to a topic that is encrypted by the key that AWS manages for SNS.
    this.key = new Key(this, 'Key', {
      description: 'Encrypts what Underpin tells people',
      enableKeyRotation: true,
      removalPolicy: keep ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      pendingWindow: Duration.days(7),
    });
    this.topic = new Topic(this, 'Topic', { masterKey: this.key, enforceSSL: true });
    this.admitAlarms(`${prefix}-*`);
    for (const [at, { protocol, endpoint }] of notify.entries())
      new Subscription(this, `Subscription${at}`, {
        topic: this.topic,
        protocol: protocols[protocol],
        endpoint,
      });
  }

  /**
   * Lets the alarms of that name publish. A topic with a policy of its own, as `enforceSSL` makes one, has lost SNS's
   * default policy, by which alarms of the account may.
   */
  private admitAlarms(resourceName: string): void {
    const stack = Stack.of(this);
    const account = { StringEquals: { 'aws:SourceAccount': stack.account } };
    const service = 'cloudwatch.amazonaws.com';
    this.key.grant(
      new ServicePrincipal(service, { conditions: account }),
      'kms:Decrypt',
      'kms:GenerateDataKey',
    );
    const arnFormat = ArnFormat.COLON_RESOURCE_NAME;
    const alarms = stack.formatArn({ service: 'cloudwatch', resource: 'alarm', resourceName, arnFormat });
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AllowAlarms',
        principals: [new ServicePrincipal(service)],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { ...account, ArnLike: { 'aws:SourceArn': alarms } },
      }),
    );
  }

  /** What a function needs to notify people something. */
  publishing(): readonly Permission[] {
    return [
      { why: 'notify people', actions: ['sns:Publish'], resources: [this.topic.topicArn] },
      {
        why: 'encrypt what it tells',
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: [this.key.keyArn],
      },
    ];
  }
}
