import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic, type ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Permission } from './least-role.ts';

export interface NotificationsProps {
  readonly prefix: string;
  /** Whether the key outlives the stack. */
  readonly keep: boolean;
}

/** Where people are notified of gates, rollbacks and alarms. */
export class Notifications extends Construct {
  readonly topic: Topic;
  private readonly key: Key;

  constructor(scope: Construct, id: string, { prefix, keep }: NotificationsProps) {
    super(scope, id);
    // CloudWatch cannot publish to a topic that is encrypted by the key that AWS manages for SNS.
    this.key = new Key(this, 'Key', {
      description: 'Encrypts what Underpin tells people',
      enableKeyRotation: true,
      removalPolicy: keep ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
      pendingWindow: Duration.days(7),
    });
    this.topic = new Topic(this, 'Topic', { masterKey: this.key, enforceSSL: true });
    this.admitAlarms(`${prefix}-*`);
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

  publishing(): readonly Permission[] {
    return publishingTo(this.topic);
  }
}

/** A topic that is there already, encrypted or not. */
export const givenTopic = (topic: ITopic) => ({ topic, publishing: () => publishingTo(topic) });

/** What a function needs to notify people. */
function publishingTo({ topicArn, masterKey }: ITopic): readonly Permission[] {
  return [
    { why: 'notify people', actions: ['sns:Publish'], resources: [topicArn] },
    ...(masterKey === undefined
      ? []
      : [
          {
            why: 'encrypt what it says',
            actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
            resources: [masterKey.keyArn],
          },
        ]),
  ];
}
