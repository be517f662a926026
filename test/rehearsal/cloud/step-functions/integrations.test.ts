import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import { CreateTableCommand, DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { stage, types } from './stage.ts';

// The package has no types.
const dynalite: (options: object) => Server = createRequire(import.meta.url)('dynalite');
const server = dynalite({ createTableMs: 0 });
let dynamodb = '';

beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  dynamodb = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  await client().send(
    new CreateTableCommand({
      TableName: 'holds',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
});
afterAll(() => new Promise((closed) => server.close(closed)));

const client = () =>
  new DynamoDBClient({
    endpoint: dynamodb,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });

const sdk = (action: string, Arguments: object, more: object = {}) => ({
  Type: 'Task',
  Resource: `arn:aws:states:::aws-sdk:${action}`,
  Arguments,
  End: true,
  ...more,
});

test('DynamoDB is written and read through its own SDK client', async () => {
  const cloud = await stage({ endpoints: { dynamodb } });
  const Item = {
    id: { S: '{% $states.input.id %}' },
    n: { N: '{% 7 %}' },
    inner: { M: { aB: { BOOL: true } } },
  };
  const ended = await cloud.runStates(
    {
      Put: sdk(
        'dynamodb:putItem',
        { TableName: 'holds', Item },
        { End: undefined, Next: 'Get', Output: '{% $states.input %}' },
      ),
      Get: sdk('dynamodb:getItem', { TableName: 'holds', Key: { id: { S: '{% $states.input.id %}' } } }),
    },
    { id: 'gate-1' },
  );
  expect(ended.output).toEqual({
    Item: { id: { S: 'gate-1' }, n: { N: '7' }, inner: { M: { aB: { BOOL: true } } } },
  });
  expect(ended.history[2]?.taskScheduledEventDetails).toMatchObject({
    resourceType: 'aws-sdk:dynamodb',
    resource: 'putItem',
  });
});

test('a condition that does not hold is an error by its own name', async () => {
  const cloud = await stage({ endpoints: { dynamodb } });
  const put = { TableName: 'holds', Item: { id: { S: 'x' } }, ConditionExpression: 'attribute_exists(id)' };
  const ended = await cloud.runStates({ Put: sdk('dynamodb:putItem', put) });
  expect(ended.error).toBe('DynamoDb.ConditionalCheckFailedException');
  expect(ended.cause).toMatch(
    /^The conditional request failed \(Service: DynamoDb, Status Code: 400, Request ID: /,
  );
  expect(types(ended.history)).toContain('TaskFailed');
});

test('an error that the model does not know is the base exception of its service', async () => {
  const cloud = await stage({ endpoints: { dynamodb } });
  const ended = await cloud.runStates({ Put: sdk('dynamodb:putItem', { TableName: 'holds', Item: {} }) });
  expect(ended.error).toBe('DynamoDb.DynamoDbException');
});

test('a service that does not answer is SdkClientException, and so is one without an endpoint', async () => {
  const cloud = await stage({ endpoints: { dynamodb: 'http://127.0.0.1:1' } });
  const get = { TableName: 'holds', Key: { id: { S: 'x' } } };
  expect((await cloud.runStates({ Get: sdk('dynamodb:getItem', get) })).error).toBe(
    'DynamoDb.SdkClientException',
  );
  const list = await cloud.runStates({ List: sdk('sns:listTopics', {}) });
  expect(list).toMatchObject({ error: 'Sns.SdkClientException' });
  expect(list.cause).toContain('No endpoint was given for sns');
});

test('a hold is a row in DynamoDB and needs no function', async () => {
  const cloud = await stage({ endpoints: { dynamodb } });
  const Item = { id: { S: 'hold' }, token: { S: '{% $states.context.Task.Token %}' } };
  const hold = sdk('dynamodb:putItem.waitForTaskToken', { TableName: 'holds', Item });
  const arn = await cloud.start(await cloud.create({ StartAt: 'Hold', States: { Hold: hold } }));
  await cloud.event(arn, ({ type }) => type === 'TaskSubmitted');
  const row = await client().send(new GetItemCommand({ TableName: 'holds', Key: { id: { S: 'hold' } } }));
  const decided = await cloud.runStates(
    {
      Decide: sdk('sfn:sendTaskSuccess', {
        TaskToken: '{% $states.input %}',
        Output: { decision: 'approve' },
      }),
    },
    row.Item?.['token']?.S,
  );
  expect(decided).toMatchObject({ status: 'SUCCEEDED', output: {} });
  expect((await cloud.end(arn)).output).toEqual({ decision: 'approve' });
});

test('errors of Step Functions itself get Exception at their end', async () => {
  const cloud = await stage();
  const failed = sdk('sfn:sendTaskFailure', { TaskToken: 'guess', Error: 'E' });
  expect((await cloud.runStates({ Fail: failed })).error).toBe('Sfn.InvalidTokenException');
});

test('a modelled name that does not end in Exception gets it', async () => {
  const endpoint = await answering(() => [503, { message: 'later' }, 'ServiceUnavailableError']);
  const cloud = await stage({ endpoints: { rdsdata: endpoint } });
  const statement = { ResourceArn: 'arn:aws:rds:us-east-1:1:cluster:c', SecretArn: 's', Sql: 'SELECT 1' };
  const ended = await cloud.runStates({ Sql: sdk('rdsdata:executeStatement', statement) });
  expect(ended.error).toBe('RdsData.ServiceUnavailableErrorException');
});

test('SNS takes an object as its message, and its own errors', async () => {
  const bodies: string[] = [];
  const endpoint = await answering((_, body) => {
    bodies.push(body);
    if (!body.includes('%3ATopic'))
      return [
        404,
        '<ErrorResponse><Error><Code>NotFound</Code><Message>no</Message></Error></ErrorResponse>',
      ];
    return [
      200,
      '<PublishResponse><PublishResult><MessageId>m1</MessageId></PublishResult></PublishResponse>',
    ];
  });
  const cloud = await stage({ endpoints: { sns: endpoint } });
  const Resource = 'arn:aws:states:::sns:publish';
  const publish = (TopicArn: string) => ({
    Type: 'Task',
    Resource,
    Arguments: { TopicArn, Subject: 'Approve?', Message: { gate: '{% $states.input.gate %}' } },
    End: true,
  });
  const sent = await cloud.runStates(
    { Tell: publish('arn:aws:sns:us-east-1:1:Topic') },
    { gate: 'contract' },
  );
  expect(sent.output).toEqual({ MessageId: 'm1' });
  expect(new URLSearchParams(bodies[0]).get('Message')).toBe('{"gate":"contract"}');
  const failed = await cloud.runStates({ Tell: publish('arn:aws:sns:us-east-1:1:x') }, { gate: 'contract' });
  expect(failed.error).toBe('SNS.NotFoundException');
});

type Answer = readonly [status: number, body: object | string, errorType?: string];

/** A server that answers as told, for one test. */
async function answering(
  answer: (headers: NodeJS.Dict<string | string[]>, body: string) => Answer,
): Promise<string> {
  const fake = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const [status, content, errorType] = answer(request.headers, body);
      if (errorType !== undefined) response.setHeader('x-amzn-ErrorType', errorType);
      response.writeHead(status).end(typeof content === 'string' ? content : JSON.stringify(content));
    });
  });
  fake.listen(0, '127.0.0.1');
  await once(fake, 'listening');
  onTestFinished(() => {
    fake.closeAllConnections();
    fake.close();
  });
  const address = fake.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}
