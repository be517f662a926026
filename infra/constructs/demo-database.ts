import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { IpAddresses, SubnetType, Vpc, type IVpc } from 'aws-cdk-lib/aws-ec2';
import { Architecture, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  AuroraPostgresEngineVersion,
  ClusterInstance,
  Credentials,
  DatabaseCluster,
  DatabaseClusterEngine,
} from 'aws-cdk-lib/aws-rds';
import { Trigger } from 'aws-cdk-lib/triggers';
import { Construct } from 'constructs';
import { fromRoot } from '../from-root.ts';
import type { MigratedDatabase } from './database.ts';
import { leastRole } from './least-role.ts';

const databaseName = 'shop';

/** A small Aurora Serverless v2 cluster with the example tables, that pauses when nobody asks and goes with the stack. */
export class DemoDatabase extends Construct {
  readonly migrated: MigratedDatabase;

  constructor(scope: Construct, id: string, { prefix }: { readonly prefix: string }) {
    super(scope, id);
    const cluster = demoCluster(this);
    const { secret } = cluster;
    if (!secret) throw new Error('the demo cluster has no secret');
    const seed = this.seed(prefix, cluster.clusterArn, secret.secretArn);
    new Trigger(this, 'Seeded', { handler: seed, executeAfter: [cluster], timeout: Duration.minutes(5) });
    this.migrated = {
      clusterIdentifier: cluster.clusterIdentifier,
      clusterArn: cluster.clusterArn,
      secretArn: secret.secretArn,
      name: databaseName,
      load: 'acu',
    };
  }

  private seed(prefix: string, clusterArn: string, secretArn: string): NodejsFunction {
    const logGroup = new LogGroup(this, 'SeedLog', {
      logGroupName: `/underpin/${prefix}/seed-example`,
      retention: RetentionDays.ONE_WEEK,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = leastRole(
      this,
      'SeedRole',
      'lambda.amazonaws.com',
      [
        {
          why: 'write its own log',
          actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          resources: [logGroup.logGroupArn],
        },
        { why: 'fill the tables', actions: ['rds-data:ExecuteStatement'], resources: [clusterArn] },
        { why: 'sign in', actions: ['secretsmanager:GetSecretValue'], resources: [secretArn] },
      ],
      'Fills the tables of the demo',
    );
    return new NodejsFunction(this, 'Seed', {
      functionName: `${prefix}-seed-example`,
      description: 'Creates and fills the example tables of the demo',
      entry: fromRoot('infra/demo/seed-example.ts'),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 256,
      timeout: Duration.minutes(5),
      role: role.withoutPolicyUpdates(),
      logGroup,
      environment: { CLUSTER_ARN: clusterArn, SECRET_ARN: secretArn, DATABASE: databaseName },
      bundling: {
        format: OutputFormat.ESM,
        target: 'node24',
        mainFields: ['module', 'main'],
        minify: true,
        bundleAwsSDK: true,
        banner:
          "import { createRequire as bundleRequire } from 'node:module'; const require = bundleRequire(import.meta.url);",
      },
    });
  }
}

function demoCluster(scope: Construct): DatabaseCluster {
  // No gateway and no route out: the Data API needs none, and an idle demo costs nothing but its storage.
  const vpc = new Vpc(scope, 'Vpc', {
    ipAddresses: IpAddresses.cidr('10.117.0.0/24'),
    maxAzs: 2,
    natGateways: 0,
    subnetConfiguration: [{ name: 'database', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 27 }],
  });
  const cluster = new DatabaseCluster(scope, 'Cluster', {
    engine: DatabaseClusterEngine.auroraPostgres({ version: AuroraPostgresEngineVersion.VER_16_6 }),
    writer: ClusterInstance.serverlessV2('Writer'),
    serverlessV2MinCapacity: 0,
    serverlessV2MaxCapacity: 4,
    serverlessV2AutoPauseDuration: Duration.minutes(10),
    // A Vpc is an IVpc; only its optional properties are typed more loosely.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    vpc: vpc as IVpc,
    vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
    credentials: Credentials.fromGeneratedSecret('shop_owner'),
    defaultDatabaseName: databaseName,
    enableDataApi: true,
    storageEncrypted: true,
    deletionProtection: false,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const because = (id: string, reason: string, on: Construct = cluster) =>
    Validations.of(on).acknowledge({ id, reason });
  because('AwsSolutions-RDS10', 'A demo is there to be taken down.');
  because('AwsSolutions-RDS6', 'Only the Data API reaches it, and that signs in by the secret.');
  because('AwsSolutions-RDS2', 'It is encrypted.');
  because('AwsSolutions-RDS14', 'Backtrack is for MySQL.');
  because('AwsSolutions-SMG4', 'A demo does not live until its password must be changed.');
  because('AwsSolutions-VPC7', 'Nothing in it can be reached from outside.', vpc);
  return cluster;
}
