import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { IpAddresses, SubnetType, Vpc, type IVpc } from 'aws-cdk-lib/aws-ec2';
import {
  AuroraPostgresEngineVersion,
  ClusterInstance,
  Credentials,
  DatabaseCluster,
  DatabaseClusterEngine,
} from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import type { UnderpinTarget } from '../cdk.ts';
import { DemoFunction } from './demo-function.ts';

const databaseName = 'shop';

/** A small Aurora Serverless v2 cluster with the example tables, that pauses when nobody asks and goes with the stack. */
export class DemoDatabase extends Construct {
  readonly target: UnderpinTarget;

  constructor(scope: Construct, id: string, { prefix }: { readonly prefix: string }) {
    super(scope, id);
    const cluster = demoCluster(this);
    const { secret } = cluster;
    if (!secret) throw new Error('the demo cluster has no secret');
    const { called } = new DemoFunction(this, {
      prefix,
      name: 'seed-example',
      description: 'Creates and fills the example tables of the demo',
      permissions: [
        {
          why: 'fill the tables',
          actions: ['rds-data:ExecuteStatement'],
          resources: [cluster.clusterArn],
        },
        { why: 'sign in', actions: ['secretsmanager:GetSecretValue'], resources: [secret.secretArn] },
      ],
      environment: { CLUSTER_ARN: cluster.clusterArn, SECRET_ARN: secret.secretArn, DATABASE: databaseName },
    });
    // The Data API answers when there is a writer.
    called.node.addDependency(cluster);
    this.target = { name: databaseName, cluster, secret, database: databaseName };
  }
}

function demoCluster(scope: Construct): DatabaseCluster {
  // No gateway and no route out: the Data API needs none, and an idle demo costs nothing but its storage.
  const vpc = new Vpc(scope, 'Vpc', {
    ipAddresses: IpAddresses.cidr('10.117.0.0/24'),
    maxAzs: 2,
    natGateways: 0,
    // Nothing uses that group, and what would empty its rules leaves a log group behind.
    restrictDefaultSecurityGroup: false,
    subnetConfiguration: [{ name: 'database', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 27 }],
  });
  const cluster = new DatabaseCluster(scope, 'Cluster', {
    engine: DatabaseClusterEngine.auroraPostgres({ version: AuroraPostgresEngineVersion.VER_17_7 }),
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
