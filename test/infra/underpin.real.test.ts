import { App, Stack, Tags, Validations } from 'aws-cdk-lib';
import { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { AccountRootPrincipal, ManagedPolicy, PermissionsBoundary, Role } from 'aws-cdk-lib/aws-iam';
import {
  AuroraPostgresEngineVersion,
  ClusterInstance,
  DatabaseCluster,
  DatabaseClusterEngine,
  type IClusterEngine,
} from 'aws-cdk-lib/aws-rds';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { AwsSolutionsChecks } from 'cdk-nag';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { Underpin, type UnderpinProps, type UnderpinTarget } from '../../infra/cdk.ts';

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

test('a target on Aurora MySQL is known as one, has an alarm of its own, and its triggers may be made', () => {
  const { target, underpin, all } = ownStack();
  const onPostgres = { ...target, name: 'billing', database: 'billing' };
  underpin({ targets: [{ ...target, engine: 'aurora-mysql' }, onPostgres] });
  const alarms = all('AWS::CloudWatch::Alarm').map(({ Properties }) => Properties['AlarmName']);
  expect(alarms).toContain('underpin-shop-history-list');
  expect(alarms).not.toContain('underpin-billing-history-list');
  const functions = JSON.stringify(all('AWS::Lambda::Function'));
  expect(functions.match(/mysql/gu)?.length).toBe(functions.match(/UNDERPIN_TARGETS/gu)?.length);
  expect(JSON.stringify(all('AWS::IAM::Role'))).toContain('rds-data:BeginTransaction');
});

describe('a target that cannot work where the stack is, is refused before anything is deployed', () => {
  const env = { account: '111122223333', region: 'eu-central-1' };
  function placed(where: { readonly account: string; readonly region: string }, target: object = {}) {
    const app = new App({ context: { 'aws:cdk:disable-asset-staging': true } });
    const stack = new Stack(app, 'Shop', { env: where });
    const data = new Stack(app, 'Data', { env });
    const cluster = DatabaseCluster.fromDatabaseClusterAttributes(data, 'Cluster', {
      clusterIdentifier: 'orders-prod',
    });
    const secret = Secret.fromSecretCompleteArn(stack, 'Secret', secretArn);
    const shop = { name: 'shop', cluster, secret, database: 'shop', ...target };
    return () => new Underpin(stack, 'Underpin', { migrations: './migrations', targets: [shop] });
  }
  const imported = (engine: IClusterEngine) => ({
    cluster: DatabaseCluster.fromDatabaseClusterAttributes(new Stack(), 'Cluster', {
      clusterIdentifier: 'orders-prod',
      engine,
    }),
  });

  test.each([
    [
      'in another account',
      { ...env, account: '444455556666' },
      'target "shop": its cluster is in account 111122223333, and the stack in 444455556666',
    ],
    [
      'in another region',
      { ...env, region: 'us-east-1' },
      'target "shop": its cluster is in eu-central-1, and the stack in us-east-1',
    ],
  ])('%s', (_, where, says) => {
    expect(placed(where)).toThrow(says);
  });

  test('whose secret is elsewhere', () => {
    const secret = Secret.fromSecretCompleteArn(new Stack(), 'Secret', secretArn.replace('central', 'west'));
    expect(placed(env, { secret })).toThrow('its secret is in eu-west-1');
  });

  test.each([
    [
      { ...imported(DatabaseClusterEngine.AURORA_POSTGRESQL), engine: 'aurora-mysql' },
      'its cluster runs aurora-postgresql, and `engine` says aurora-mysql',
    ],
  ])('of an engine that cannot be deployed to: %#', (target, says) => {
    expect(placed(env, target)).toThrow(says);
  });

  test('one that can be is taken', () => {
    expect(placed(env, { engine: 'aurora-postgresql' })).not.toThrow();
    expect(placed(env, imported(DatabaseClusterEngine.AURORA_POSTGRESQL))).not.toThrow();
    expect(placed(env, { engine: 'aurora-mysql' })).not.toThrow();
    expect(placed(env, imported(DatabaseClusterEngine.AURORA_MYSQL))).not.toThrow();
  });
});

describe('beside what a company asks of every stack', () => {
  /** The cluster is made by a stack of its own. */
  function company() {
    const app = new App({ context: { 'aws:cdk:disable-asset-staging': true } });
    const env = { account: '111122223333', region: 'eu-central-1' };
    const data = new Stack(app, 'Data', { env });
    const cluster = new DatabaseCluster(data, 'Orders', {
      engine: DatabaseClusterEngine.auroraPostgres({ version: AuroraPostgresEngineVersion.VER_17_7 }),
      writer: ClusterInstance.serverlessV2('Writer'),
      vpc: Vpc.fromVpcAttributes(data, 'Vpc', {
        vpcId: 'vpc-1',
        availabilityZones: ['a', 'b'],
        privateSubnetIds: ['subnet-1', 'subnet-2'],
      }),
    });
    const { secret } = cluster;
    if (!secret) throw new Error('the cluster has no secret');
    const stack = new Stack(app, 'Shop', { env });
    const underpin = new Underpin(stack, 'Underpin', {
      migrations: './migrations',
      targets: [{ name: 'shop', cluster, secret, database: 'shop' }],
    });
    const all = () => {
      const { Resources } = template.parse(app.synth().getStackByName('Shop').template);
      return Object.entries(Resources).map(([id, { Type, Properties }]) => ({ id, Type, Properties }));
    };
    return { stack, underpin, all };
  }

  test('cdk-nag finds something in the stack that is theirs, and nothing in ours', () => {
    const { stack, all } = company();
    Validations.of(stack.node.root).addPlugins(new AwsSolutionsChecks(stack));
    let said = '';
    try {
      all();
    } catch (error) {
      said = String(error);
    }
    const places = [...said.matchAll(/^ {3}(\w+)\//gmu)].map(([, stackName]) => stackName);
    expect([...new Set(places)]).toEqual(['Data']);
  });

  test('a permissions boundary is on every role', () => {
    const { stack, all } = company();
    const boundary = 'arn:aws:iam::111122223333:policy/boundary';
    PermissionsBoundary.of(stack).apply(ManagedPolicy.fromManagedPolicyArn(stack, 'Boundary', boundary));
    const roles = all().filter(({ Type }) => Type === 'AWS::IAM::Role');
    expect(roles.length).toBeGreaterThan(20);
    for (const { id, Properties } of roles) expect(Properties['PermissionsBoundary'], id).toBe(boundary);
  });

  test('tags are on all that costs money', () => {
    const { underpin, all } = company();
    Tags.of(underpin).add('team', 'orders');
    const costs =
      /^AWS::(?:Lambda::Function|StepFunctions::StateMachine|DynamoDB::Table|S3::Bucket|KMS::Key|SNS::Topic|Logs::LogGroup|CloudWatch::(?:Composite)?Alarm)$/u;
    const found = all().filter(({ Type }) => costs.test(Type));
    expect(new Set(found.map(({ Type }) => Type)).size).toBe(9);
    for (const { id, Properties } of found)
      expect(JSON.stringify(Properties), id).toContain('{"Key":"team","Value":"orders"}');
  });

  test('nothing of it is in a VPC', () => {
    const types = company()
      .all()
      .map(({ Type, Properties }) => [Type, Properties['VpcConfig']]);
    expect(types.filter(([type, vpc]) => /::EC2::/u.test(String(type)) || vpc !== undefined)).toEqual([]);
  });
});
