import { randomUUID } from 'node:crypto';
import type { Faults } from './faults.ts';
import { serveLocally } from './local-server.ts';
import type { LocalRequest, LocalResponse } from './local-request.ts';
import { ServiceRefusal } from './service-refusal.ts';

export type SnsMessage = {
  readonly messageId: string;
  readonly topicArn: string;
  readonly subject: string | undefined;
  /** What a subscriber gets whose protocol has no text of its own. */
  readonly message: string;
  /** By protocol, the texts of a message with `MessageStructure: json`. */
  readonly texts: ReadonlyMap<string, string>;
  /** The StringValue of each attribute. */
  readonly attributes: ReadonlyMap<string, string>;
};

export type Sns = {
  readonly endpoint: string;
  /** Called for every message that was accepted, before its sender gets the answer. */
  onMessage(listener: (message: SnsMessage) => void): void;
  close(): Promise<void>;
};

type Action = (parameters: ReadonlyMap<string, string>) => string;

const longestMessageBytes = 262_144;

/** SNS by the query protocol, topics and Publish only: a rehearsal shows its messages instead of sending them. */
export async function startSns({
  region = 'us-east-1',
  accountId = '123456789012',
  faults,
}: { readonly region?: string; readonly accountId?: string; readonly faults?: Faults } = {}): Promise<Sns> {
  const topics = new Set<string>();
  const listeners: ((message: SnsMessage) => void)[] = [];
  const actions: ReadonlyMap<string, Action> = new Map<string, Action>([
    [
      'CreateTopic',
      (given) => {
        const name = only(given, ['Name']).get('Name') ?? '';
        if (!/^[\w-]{1,256}$/.test(name)) throw invalid('Topic Name');
        const arn = `arn:aws:sns:${region}:${accountId}:${name}`;
        topics.add(arn);
        return `<TopicArn>${arn}</TopicArn>`;
      },
    ],
    [
      'Publish',
      (given) => {
        const message = messageOf(given, topics);
        for (const listener of listeners) listener(message);
        return `<MessageId>${message.messageId}</MessageId>`;
      },
    ],
  ]);
  const server = await serveLocally(
    (request) => answer(request, actions),
    faults && { service: 'sns', faults },
  );
  return {
    endpoint: server.endpoint,
    onMessage: (listener) => void listeners.push(listener),
    close: () => server.close(),
  };
}

const invalid = (what: string): ServiceRefusal =>
  new ServiceRefusal('InvalidParameter', 400, `Invalid parameter: ${what}`);

function messageOf(given: ReadonlyMap<string, string>, topics: ReadonlySet<string>): SnsMessage {
  only(
    given,
    ['TopicArn', 'TargetArn', 'Message', 'MessageStructure', 'Subject'],
    /^MessageAttributes\.entry\.\d+\./,
  );
  const topicArn = given.get('TopicArn') ?? given.get('TargetArn') ?? '';
  if (!topics.has(topicArn)) throw new ServiceRefusal('NotFound', 404, 'Topic does not exist');
  const message = given.get('Message') ?? '';
  if (message === '') throw invalid('Empty message');
  if (Buffer.byteLength(message) > longestMessageBytes) throw invalid('Message too long');
  const subject = given.get('Subject');
  if (subject !== undefined && !isSubject(subject)) throw invalid('Subject');
  const texts = textsOf(given.get('MessageStructure'), message);
  return {
    messageId: randomUUID(),
    topicArn,
    subject,
    message: texts.get('default') ?? message,
    texts,
    attributes: attributesOf(given),
  };
}

const protocols = ['http', 'https', 'email', 'email-json', 'sms', 'sqs', 'lambda', 'application', 'firehose'];

/** One text for each protocol, `default` for the others. Values that are no texts and keys that SNS does not know are ignored. */
function textsOf(structure: string | undefined, message: string): ReadonlyMap<string, string> {
  if (structure === undefined) return new Map();
  if (structure !== 'json') throw invalid('MessageStructure');
  const parsed = parsedJson(message);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw invalid('Message Structure - JSON message body failed to parse');
  const texts = Object.entries(parsed).flatMap(([key, text]: [string, unknown]) =>
    typeof text === 'string' && (key === 'default' || protocols.includes(key)) ? [[key, text] as const] : [],
  );
  if (!texts.some(([key]) => key === 'default'))
    throw invalid('Message Structure - No default entry in JSON message body');
  return new Map(texts);
}

function parsedJson(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    throw invalid('Message Structure - JSON message body failed to parse');
  }
}

/** ASCII, at most 100 characters, no control characters, and no blank first: an email's subject line. */
function isSubject(subject: string): boolean {
  return /^[!-~][ -~]{0,99}$/.test(subject);
}

function attributesOf(given: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  for (let index = 1; ; index++) {
    const entry = `MessageAttributes.entry.${index}`;
    const name = given.get(`${entry}.Name`);
    if (name === undefined) return attributes;
    if (given.get(`${entry}.Value.DataType`) === 'Binary')
      throw invalid(`the rehearsal does not know binary attributes such as ${name}`);
    attributes.set(name, given.get(`${entry}.Value.StringValue`) ?? '');
  }
}

/** The parameters themselves, once it is sure that none of them would be ignored. */
function only(
  given: ReadonlyMap<string, string>,
  known: readonly string[],
  pattern?: RegExp,
): ReadonlyMap<string, string> {
  const stranger = [...given.keys()].find((name) => !known.includes(name) && pattern?.test(name) !== true);
  if (stranger !== undefined) throw invalid(`the rehearsal's SNS does not know ${stranger}`);
  return given;
}

function answer(request: LocalRequest, actions: ReadonlyMap<string, Action>): LocalResponse {
  const {
    Action: name = '',
    Version: version,
    ...rest
  } = Object.fromEntries(new URLSearchParams(request.body.toString('utf8')));
  try {
    const action = actions.get(name);
    if (request.method !== 'POST' || version !== '2010-03-31' || action === undefined)
      throw new ServiceRefusal(
        'InvalidAction',
        400,
        `The rehearsal's SNS does not know ${name || request.path}`,
      );
    const result = action(new Map(Object.entries(rest)));
    return xml(
      200,
      `<${name}Response ${namespace}><${name}Result>${result}</${name}Result>${metadata()}</${name}Response>`,
    );
  } catch (fault) {
    if (!(fault instanceof ServiceRefusal)) throw fault;
    const error = `<Error><Type>Sender</Type><Code>${fault.code}</Code><Message>${escaped(fault.message)}</Message></Error>`;
    return xml(
      fault.status,
      `<ErrorResponse ${namespace}>${error}<RequestId>${randomUUID()}</RequestId></ErrorResponse>`,
    );
  }
}

const namespace = 'xmlns="http://sns.amazonaws.com/doc/2010-03-31/"';
const metadata = () => `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`;
const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function xml(status: number, body: string): LocalResponse {
  return { status, headers: { 'content-type': 'text/xml' }, body };
}
