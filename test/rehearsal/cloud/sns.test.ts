import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { expect, onTestFinished, test } from 'vitest';
import { startSns, type SnsMessage } from '../../../rehearsal/cloud/sns.ts';
import { sdkOptions } from './sdk-options.ts';

async function topic() {
  const sns = await startSns();
  const client = new SNSClient(sdkOptions(sns.endpoint));
  onTestFinished(async () => {
    client.destroy();
    await sns.close();
  });
  const { TopicArn } = await client.send(new CreateTopicCommand({ Name: 'gates' }));
  const messages: SnsMessage[] = [];
  sns.onMessage((message) => messages.push(message));
  const publish = (Subject: string | undefined, Message: string) =>
    client.send(new PublishCommand({ TopicArn, Subject, Message }));
  return { client, TopicArn, messages, publish };
}

test('a published message reaches the listener whole', async () => {
  const { client, TopicArn, messages } = await topic();
  const Message = 'Approve? <b>&amp;</b> "rows": 200,000\nüñ + % =';
  const MessageAttributes = { migration: { DataType: 'String', StringValue: 'rename' } };
  const sent = new PublishCommand({ TopicArn, Subject: 'Gate: read switch', Message, MessageAttributes });
  const { MessageId } = await client.send(sent);
  expect(messages).toEqual([
    {
      messageId: MessageId,
      topicArn: TopicArn,
      subject: 'Gate: read switch',
      message: Message,
      texts: new Map(),
      attributes: new Map([['migration', 'rename']]),
    },
  ]);
});

test.each([
  ['a subject of more than 100 characters', 'x'.repeat(101), 'text'],
  ['a subject with a line break', 'two\nlines', 'text'],
  ['a subject outside ASCII', 'Grüße', 'text'],
  ['no message', 'subject', ''],
  ['a message of more than 256 KB', 'subject', 'ü'.repeat(131_073)],
])('%s is refused', async (_, subject, message) => {
  const { publish, messages } = await topic();
  await expect(publish(subject, message)).rejects.toMatchObject({
    name: 'InvalidParameterException',
    $metadata: { httpStatusCode: 400 },
  });
  expect(messages).toEqual([]);
});

test.each([
  ['a structure that is no JSON', 'json', 'default: x'],
  ['a structure that is no object', 'json', '["default"]'],
  ['a structure without a default', 'json', '{"email": "x"}'],
  ['a structure whose default is no text', 'json', '{"default": {"a": 1}}'],
  ['a structure of another kind', 'xml', '{"default": "x"}'],
])('%s is refused', async (_, MessageStructure, Message) => {
  const { client, TopicArn, messages } = await topic();
  await expect(
    client.send(new PublishCommand({ TopicArn, Message, MessageStructure })),
  ).rejects.toMatchObject({ name: 'InvalidParameterException' });
  expect(messages).toEqual([]);
});

test('each protocol has its own text, others the default; what is no text or no protocol is ignored', async () => {
  const { client, TopicArn, messages } = await topic();
  const Message = JSON.stringify({ default: 'd', email: 'e', https: '{"a":1}', sms: 5, pigeon: 'p' });
  await client.send(new PublishCommand({ TopicArn, Message, MessageStructure: 'json' }));
  expect(messages[0]?.message).toBe('d');
  expect(messages[0]?.texts).toEqual(
    new Map([
      ['default', 'd'],
      ['email', 'e'],
      ['https', '{"a":1}'],
    ]),
  );
});

test('the longest subject and message pass', async () => {
  const { publish, messages } = await topic();
  await publish('x'.repeat(100), 'y'.repeat(262_144));
  await publish(undefined, 'no subject');
  expect(messages.map((it) => it.subject?.length)).toEqual([100, undefined]);
});

test('an unknown topic is NotFound, an unknown action or parameter an error', async () => {
  const { client, TopicArn } = await topic();
  const elsewhere = new PublishCommand({ TopicArn: `${TopicArn}-other`, Message: 'text' });
  await expect(client.send(elsewhere)).rejects.toMatchObject({ name: 'NotFoundException' });
  const subscribe = new SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint: 'a@us.test' });
  await expect(client.send(subscribe)).rejects.toThrow('does not know Subscribe');
});
