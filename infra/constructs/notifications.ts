import { Stack } from 'aws-cdk-lib';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
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

/** Where people are told of gates, rollbacks and alarms. */
export class Notifications extends Construct {
  readonly topic: Topic;
  private readonly key: Key;

  constructor(scope: Construct, id: string, notify: Config['notify']) {
    super(scope, id);
    // CloudWatch cannot publish to a topic that is encrypted by the key that AWS manages for SNS.
    this.key = new Key(this, 'Key', {
      description: 'Encrypts what Underpin tells people',
      enableKeyRotation: true,
    });
    this.key.grant(
      new ServicePrincipal('cloudwatch.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      'kms:Decrypt',
      'kms:GenerateDataKey',
    );
    this.topic = new Topic(this, 'Topic', { masterKey: this.key, enforceSSL: true });
    for (const [at, { protocol, endpoint }] of notify.entries())
      new Subscription(this, `Subscription${at}`, {
        topic: this.topic,
        protocol: protocols[protocol],
        endpoint,
      });
  }

  /** What a function needs to tell people something. */
  publishing(): readonly Permission[] {
    return [
      { why: 'tell people', actions: ['sns:Publish'], resources: [this.topic.topicArn] },
      {
        why: 'encrypt what it tells',
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: [this.key.keyArn],
      },
    ];
  }
}
