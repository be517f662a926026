import {
  Annotations,
  ArnFormat,
  CfnOutput,
  CfnRule,
  Fn,
  RemovalPolicy,
  Stack,
  type StackProps,
} from 'aws-cdk-lib';
import { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Key } from 'aws-cdk-lib/aws-kms';
import { DatabaseCluster } from 'aws-cdk-lib/aws-rds';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Subscription, SubscriptionProtocol } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { Underpin, type UnderpinTarget } from './cdk.ts';
import type { Config, TargetConfig } from './config.ts';
import { DemoDatabase } from './demo/demo-database.ts';
import { demoEnd } from './demo/demo-end.ts';
import { fromRoot } from './from-root.ts';

export interface UnderpinStackProps extends StackProps {
  readonly config: Config;
}

const protocols = {
  email: SubscriptionProtocol.EMAIL,
  'email-json': SubscriptionProtocol.EMAIL_JSON,
  https: SubscriptionProtocol.HTTPS,
  sqs: SubscriptionProtocol.SQS,
  lambda: SubscriptionProtocol.LAMBDA,
  sms: SubscriptionProtocol.SMS,
} as const;

/** This repository's own app: the construct as every app has it, given what a file of configuration says. */
export class UnderpinStack extends Stack {
  constructor(scope: Construct, id: string, { config, ...props }: UnderpinStackProps) {
    super(scope, id, { description: 'Underpin: online schema migrations', ...props });
    // A JSONata machine has no InputPath and no Choices by Variable, which is all that this check knows of.
    this.templateOptions.metadata = { 'cfn-lint': { config: { ignore_checks: ['E3601'] } } };
    const { name, limits, checklist, applicationNamespace, runbook } = config;
    const targets = this.targets(config);
    const underpin = new Underpin(this, 'Underpin', {
      migrations: fromRoot('migrations'),
      targets,
      name,
      limits,
      alarms: config.alarms.map((arn, at) => Alarm.fromAlarmArn(this, `Alarm${at}`, arn)),
      checklist,
      applicationNamespace,
      runbook,
      removalPolicy: config.demo ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    });
    for (const [at, { protocol, endpoint }] of config.notify.entries())
      new Subscription(this, `Subscription${at}`, {
        topic: underpin.topic,
        protocol: protocols[protocol],
        endpoint,
      });
    if (config.demo) demoEnd(this, { prefix: name, flags: underpin.flags, reports: underpin.reports });
    this.output(
      underpin,
      targets.map((target) => target.name),
    );
  }

  private targets(config: Config): readonly UnderpinTarget[] {
    if (config.demo) return [new DemoDatabase(this, 'Demo', { prefix: config.name }).target];
    if (config.targets.length > 0) return config.targets.map((target) => this.existing(target));
    Annotations.of(this).addWarningV2(
      'underpin:no-database',
      'No target is configured: this template has placeholders and refuses to be deployed. Give `-c cluster=… -c secret=… -c database=…`, write underpin.config.ts, or try `-c demo=true`. See docs/deploy.md.',
    );
    new CfnRule(this, 'DatabaseIsConfigured', {
      assertions: [
        {
          assert: Fn.conditionEquals('placeholder', 'configured'),
          assertDescription: 'No database is configured; see docs/deploy.md',
        },
      ],
    });
    return [this.existing(this.placeholder())];
  }

  /** What the stack is synthesised with while nobody has said which cluster; it cannot be deployed like this. */
  private placeholder(): TargetConfig {
    const name = 'placeholder';
    const secretArn = this.formatArn({
      service: 'secretsmanager',
      resource: 'secret',
      resourceName: `${name}-AbCdEf`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    return {
      name,
      clusterIdentifier: `${name}-cluster`,
      secretArn,
      database: name,
      engine: 'aurora-postgresql',
    };
  }

  /** In a cluster that a team has already. */
  private existing(config: TargetConfig): UnderpinTarget {
    const { name, clusterIdentifier, secretArn, secretKeyArn, database, engine } = config;
    const key = secretKeyArn === undefined ? undefined : Key.fromKeyArn(this, `Key-${name}`, secretKeyArn);
    return {
      name,
      cluster: DatabaseCluster.fromDatabaseClusterAttributes(this, `Cluster-${name}`, { clusterIdentifier }),
      secret: Secret.fromSecretAttributes(this, `Secret-${name}`, {
        secretCompleteArn: secretArn,
        ...(key === undefined ? {} : { encryptionKey: key }),
      }),
      database,
      engine,
    };
  }

  private output(underpin: Underpin, targets: readonly string[]): void {
    const output = (id: string, value: string, description: string) =>
      new CfnOutput(this, id, { value, description });
    output('MigrationMachine', underpin.machine.stateMachineArn, 'Start migrations here');
    output('DecideMachine', underpin.decideMachine.stateMachineArn, 'Decide gates here');
    output('Topic', underpin.topic.topicArn, 'Subscribe here to be notified');
    output('DashboardName', underpin.dashboard.dashboardName, 'The dashboard in CloudWatch');
    for (const target of targets)
      output(
        `ReadFlagPath${target.replaceAll(/(?:^|-)(\w)/gu, (_, letter: string) => letter.toUpperCase())}`,
        underpin.flagPath(target),
        `What the application of ${target} asks the AppConfig agent for`,
      );
  }
}
