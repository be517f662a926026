import { App, Stack } from 'aws-cdk-lib';
import { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { DatabaseCluster } from 'aws-cdk-lib/aws-rds';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { Underpin, type UnderpinProps, type UnderpinTarget } from '../../infra/underpin.ts';

const resource = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
});
const template = z.looseObject({ Resources: z.record(z.string(), resource) });
const policy = z.object({
  Statement: z.array(z.object({ Action: z.union([z.string(), z.array(z.string())]) })),
});

const secretArn = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:shop-AbCdEf';

/** Somebody's own stack. */
function ownStack() {
  const outdir = mkdtempSync(join(tmpdir(), 'underpin-own-app-'));
  const app = new App({ outdir, context: { 'aws:cdk:disable-asset-staging': true } });
  const stack = new Stack(app, 'Shop');
  const clusterIdentifier = 'orders-prod';
  const target: UnderpinTarget = {
    name: 'shop',
    cluster: DatabaseCluster.fromDatabaseClusterAttributes(stack, 'Cluster', { clusterIdentifier }),
    secret: Secret.fromSecretCompleteArn(stack, 'Secret', secretArn),
    database: 'shop',
  };
  const underpin = (props: Partial<UnderpinProps> = {}) =>
    new Underpin(stack, 'Underpin', { migrations: './migrations', targets: [target], ...props });
  const all = (type: string) =>
    Object.entries(template.parse(app.synth().getStackByName('Shop').template).Resources)
      .filter(([, { Type }]) => Type === type)
      .map(([id, { Properties }]) => ({ id, Properties }));
  return { stack, target, underpin, all };
}

describe('in an app of one’s own', () => {
  test('it takes the cluster, the secret, the topic and the alarms that are there', () => {
    const { stack, underpin, all } = ownStack();
    const notify = new Topic(stack, 'Pager');
    const alarm = Alarm.fromAlarmArn(
      stack,
      'Checkout',
      'arn:aws:cloudwatch:eu-central-1:1:alarm:checkout-errors',
    );
    const made = underpin({ notify, alarms: [alarm], limits: { connections: 50 } });
    expect(made.topic).toBe(notify);
    expect(all('AWS::SNS::Topic').map(({ id }) => id)).toEqual([expect.stringMatching(/^Pager/u)]);
    const [composite] = all('AWS::CloudWatch::CompositeAlarm');
    expect(JSON.stringify(composite?.Properties['AlarmRule'])).toContain('checkout-errors');
    const connections = all('AWS::CloudWatch::Alarm').find(
      ({ Properties }) => Properties['AlarmName'] === 'underpin-shop-connections',
    );
    expect(connections?.Properties['Threshold']).toBe(50);
    const roles = JSON.stringify(all('AWS::IAM::Role'));
    expect(roles).toContain(`"secretsmanager:GetSecretValue","Effect":"Allow","Resource":"${secretArn}"`);
  });

  test.each([
    [
      'approve',
      [
        'states:DescribeExecution',
        'states:DescribeStateMachine',
        'states:GetExecutionHistory',
        'states:ListExecutions',
        'states:ListStateMachines',
        'states:StartExecution',
      ],
    ],
    ['read', ['dynamodb:GetItem', 'lambda:InvokeFunction', 'states:DescribeExecution']],
  ] as const)('whoever is granted to %s may do that, and nothing else', (what, actions) => {
    const { stack, underpin, all } = ownStack();
    const role = new Role(stack, 'Dba', { assumedBy: new AccountRootPrincipal() });
    const made = underpin();
    if (what === 'approve') made.grantApprove(role);
    else made.grantRead(role);
    const [given, another] = all('AWS::IAM::Policy');
    expect(another).toBeUndefined();
    const said = policy.parse(given?.Properties['PolicyDocument']).Statement.flatMap(({ Action }) => Action);
    expect(said.toSorted()).toEqual(actions);
  });

  test('who operates may start migrations, and decides no gate', () => {
    const { stack, underpin, all } = ownStack();
    const role = new Role(stack, 'Operator', { assumedBy: new AccountRootPrincipal() });
    underpin().grantOperate(role);
    const statements = z
      .array(z.looseObject({ Action: z.unknown(), Resource: z.unknown() }))
      .parse(
        z.object({ Statement: z.unknown() }).parse(all('AWS::IAM::Policy')[0]?.Properties['PolicyDocument'])
          .Statement,
      );
    const starts = JSON.stringify(
      statements.filter(({ Action }) => JSON.stringify(Action).includes('StartExecution')),
    );
    expect(starts).toContain('underpin-migration');
    expect(starts).not.toContain('underpin-decide');
  });

  test('the application of each target has a path of its own to its flags', () => {
    const { target, underpin } = ownStack();
    const made = underpin({ targets: [target, { ...target, name: 'billing', database: 'billing' }] });
    expect(made.flagPath('shop')).toMatch(/^\/applications\/.+\/environments\/.+\/configurations\/.+$/u);
    expect(made.flagPath('billing')).not.toBe(made.flagPath('shop'));
    expect(() => made.flagPath('other')).toThrow('no read flags for other');
  });
});

describe('what cannot be meant is refused', () => {
  test.each([
    ['no target', () => [], 'needs 1 to 10 targets'],
    [
      'a name that services do not take',
      (it: UnderpinTarget) => [{ ...it, name: 'Shop_1' }],
      'target "Shop_1"',
    ],
    [
      'the same name twice',
      (it: UnderpinTarget) => [it, { ...it, database: 'other' }],
      'two targets are named "shop"',
    ],
  ])('%s', (_, targets, says) => {
    const { target, underpin } = ownStack();
    expect(() => underpin({ targets: targets(target) })).toThrow(says);
  });

  test('a secret by its name alone: a policy would allow others too', () => {
    const { stack, target, underpin } = ownStack();
    const secret = Secret.fromSecretNameV2(stack, 'Named', 'shop');
    expect(() => underpin({ targets: [{ ...target, secret }] })).toThrow('complete ARN');
  });
});
