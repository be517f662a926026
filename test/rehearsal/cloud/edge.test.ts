import { AppConfigClient, ListDeploymentStrategiesCommand } from '@aws-sdk/client-appconfig';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { expect, onTestFinished, test } from 'vitest';
import { startAppConfig } from '../../../rehearsal/cloud/appconfig/appconfig.ts';
import { startCloudWatch } from '../../../rehearsal/cloud/cloudwatch/cloudwatch.ts';
import { startDynamoDb } from '../../../rehearsal/cloud/dynamodb.ts';
import { Faults, type CloudCall } from '../../../rehearsal/cloud/faults.ts';
import { startS3 } from '../../../rehearsal/cloud/s3.ts';
import { startSns } from '../../../rehearsal/cloud/sns.ts';
import { startStepFunctions } from '../../../rehearsal/cloud/step-functions/step-functions.ts';
import { sdkOptions } from './sdk-options.ts';

interface Service {
  readonly endpoint: string;
  close(): Promise<void>;
}

interface Edge {
  readonly service: string;
  readonly operation: string;
  start(faults: Faults): Promise<Service>;
  send(options: ReturnType<typeof sdkOptions>): Promise<unknown>;
}

const edges: readonly Edge[] = [
  {
    service: 'appconfig',
    operation: 'ListDeploymentStrategies',
    start: (faults) => startAppConfig({ faults }),
    send: (options) => new AppConfigClient(options).send(new ListDeploymentStrategiesCommand({})),
  },
  {
    service: 'cloudwatch',
    operation: 'DescribeAlarms',
    start: (faults) => startCloudWatch({ faults }),
    send: (options) => new CloudWatchClient(options).send(new DescribeAlarmsCommand({})),
  },
  {
    service: 'dynamodb',
    operation: 'ListTables',
    start: (faults) => startDynamoDb({ faults }),
    send: (options) => new DynamoDBClient(options).send(new ListTablesCommand({})),
  },
  {
    service: 's3',
    operation: 'GetObject',
    start: (faults) => startS3(['reports'], { faults }),
    send: (options) =>
      new S3Client(options).send(new GetObjectCommand({ Bucket: 'reports', Key: 'page.html' })),
  },
  {
    service: 'sfn',
    operation: 'ListStateMachines',
    start: (faults) =>
      startStepFunctions({
        faults,
        endpoints: {},
        invokeFunction: () => Promise.reject(new Error('there are no functions')),
      }),
    send: (options) => new SFNClient(options).send(new ListStateMachinesCommand({})),
  },
  {
    service: 'sns',
    operation: 'CreateTopic',
    start: (faults) => startSns({ faults }),
    send: (options) => new SNSClient(options).send(new CreateTopicCommand({ Name: 'topic' })),
  },
];

test.each(edges)(
  '$service: a call is known by its operation and caller, and an error reaches its client',
  async (edge) => {
    const faults = new Faults();
    const calls: CloudCall[] = [];
    faults.when((call) => {
      calls.push(call);
      return { when: 'before', error: { status: 503, name: 'AwayException', message: 'away' } };
    });
    const service = await edge.start(faults);
    onTestFinished(() => service.close());
    const options = { ...sdkOptions(service.endpoint), userAgentAppId: 'ApplyPhase' };
    await expect(edge.send(options)).rejects.toMatchObject({
      name: 'AwayException',
      $metadata: { httpStatusCode: 503 },
    });
    expect(calls).toMatchObject([
      { service: edge.service, operation: edge.operation, caller: 'ApplyPhase', number: 1 },
    ]);
    expect(calls[0]?.id).toMatch(/^[\da-f-]{36}$/u);
  },
);

test.each(edges)('$service: a lost answer is a lost connection', async (edge) => {
  const faults = new Faults();
  faults.dropConnectionAfterCommit(1);
  const service = await edge.start(faults);
  onTestFinished(() => service.close());
  await expect(edge.send(sdkOptions(service.endpoint))).rejects.toMatchObject({ code: 'ECONNRESET' });
});
