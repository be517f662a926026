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
  const structured = new PublishCommand({ TopicArn, Message: '{"default":"x"}', MessageStructure: 'json' });
  await expect(client.send(structured)).rejects.toThrow('does not know MessageStructure');
});
