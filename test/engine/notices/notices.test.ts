import { assert, property, string } from 'fast-check';
import { Ajv } from 'ajv';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Breach } from '../../../engine/notices/breached.ts';
import { chat } from '../../../engine/notices/chat.ts';
import { email, sms, subject } from '../../../engine/notices/e-mail.ts';
import { messageOf } from '../../../engine/notices/message.ts';
import { compose, facts, type Facts } from '../../../engine/notices/notices.ts';
import { consoleLink, inWords } from '../../../engine/notices/wording.ts';
import { guardrailNames } from '../../../lambdas/runtime/guardrail-names.ts';
import { breaches, examples, place } from './examples.ts';

const goldens = new URL('../../golden/notices/', import.meta.url);
const all = Object.entries(examples);
const gate = examples['gate-contract-shut'];

// From the documentation of custom notifications of Amazon Q Developer in chat applications ("Event schema").
const chatSchema = new Ajv({ allowUnionTypes: true }).compile({
  type: 'object',
  additionalProperties: false,
  required: ['version', 'source', 'content'],
  properties: {
    version: { const: '1.0' },
    source: { const: 'custom' },
    id: { type: 'string' },
    content: {
      type: 'object',
      additionalProperties: false,
      required: ['description'],
      properties: {
        textType: { const: 'client-markdown' },
        title: { type: 'string' },
        description: { type: 'string', minLength: 1 },
        nextSteps: { type: 'array', items: { type: 'string' } },
        keywords: { type: 'array', items: { type: 'string' } },
      },
    },
    metadata: {
      type: 'object',
      additionalProperties: false,
      properties: {
        threadId: { type: 'string' },
        summary: { type: 'string' },
        eventType: { type: 'string' },
        relatedResources: { type: 'array', items: { type: 'string' } },
        additionalContext: { type: 'object', additionalProperties: { type: 'string' } },
      },
    },
  },
});

function written(of: Facts, over: readonly Breach[] = []): string {
  const notice = compose(of, place, over);
  return [
    `Subject: ${subject(notice)}`,
    email(notice),
    `---- to a telephone ----\n${sms(notice)}`,
    `---- to a chat tool ----\n${JSON.stringify(chat(notice), null, 2)}`,
  ]
    .join('\n\n')
    .concat('\n');
}

describe.each(all)('%s', (name, of) => {
  /** `UPDATE_GOLDENS=1 npx vitest run --project pure test/engine/notices` writes them anew. */
  test('reads as it was reviewed', () => {
    const golden = new URL(`${name}.txt`, goldens);
    const text = written(of, breaches[name]);
    if (process.env['UPDATE_GOLDENS'] === '1') {
      mkdirSync(goldens, { recursive: true });
      writeFileSync(golden, text);
    }
    expect(existsSync(golden) ? readFileSync(golden, 'utf8') : 'no such file').toBe(text);
  });

  test('is what a chat tool expects, and what SNS takes', () => {
    const { subject: line, body } = messageOf(compose(of, place));
    expect(line).toMatch(/^[!-~][ -~]{0,99}$/u);
    const texts: unknown = JSON.parse(body);
    expect(texts).toEqual({
      default: expect.any(String),
      email: expect.any(String),
      https: expect.any(String),
      sms: expect.stringMatching(/^[ -~]{1,140}$/u),
    });
    chatSchema(chat(compose(of, place)));
    expect(chatSchema.errors).toBe(null);
  });

  test('keeps its lines short, but for what is to be copied', () => {
    const long = email(compose(of, place))
      .split('\n')
      .filter((line) => line.length > 76);
    for (const line of long) expect(line).toMatch(/^ {2}(?:npx underpin |https:\/\/|\{|docs)/u);
  });
});

test('every reviewed file belongs to a notice', () => {
  expect(readdirSync(goldens).toSorted()).toEqual(all.map(([name]) => `${name}.txt`).toSorted());
});

test('every kind of notice has an example', () => {
  const kinds = facts.options.map(({ shape }) => shape.about.value);
  expect(new Set(all.map(([, { about }]) => about))).toEqual(new Set(kinds));
});

test('every heading that a notice leads to is in the runbook', () => {
  const headings = readFileSync('docs/runbook.md', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('#'))
    .map((line) => line.replace(/^#+ /u, '').toLowerCase().replaceAll(' ', '-'));
  for (const [, of] of all) expect(headings).toContain(compose(of, place).heading);
  expect(headings).toEqual(expect.arrayContaining([...guardrailNames]));
});

test('more evidence than anybody reads is cut visibly, and stays far below what SNS takes', () => {
  if (gate?.about !== 'gate') throw new Error('the example is gone');
  const items = Array.from({ length: 5000 }, (_, n) => ({
    what: `object ${n}`,
    measured: 'ü'.repeat(5000),
    verdict: 'fail' as const,
    overridable: false,
  }));
  const { body } = messageOf(
    compose({ ...gate, evidence: { open: false, items, hash: '', refused: '' } }, place),
  );
  expect(Buffer.byteLength(body)).toBeLessThan(131_072);
  expect(body).toContain('and 4960 more; see');
});

test('whatever people write, SNS takes the subject, and a chat tool sees neither a link nor a mention in it', () => {
  assert(
    property(string({ unit: 'binary', maxLength: 300 }), (reason) => {
      const of: Facts = {
        about: 'ordered',
        brief: null,
        migration: 'm',
        target: 't',
        order: 'pause',
        reason,
        by: reason,
      };
      const notice = compose(of, place);
      expect(subject(notice)).toMatch(/^[!-~][ -~]{0,99}$/u);
      expect(chat(notice).content.description).not.toMatch(/[<>]/u);
    }),
  );
});

const arn = (partition: string, region: string): string =>
  `arn:${partition}:states:${region}:111122223333:stateMachine:decide`;

test('links lead to the console of the partition', () => {
  expect(consoleLink(arn('aws-cn', 'cn-north-1'))).toMatch(
    /^https:\/\/cn-north-1\.console\.amazonaws\.cn\//u,
  );
  expect(consoleLink(arn('aws-us-gov', 'us-gov-west-1'))).toContain('console.amazonaws-us-gov.com/');
  expect(consoleLink('')).toBe('');
});

test.each([
  [0, '0 seconds'],
  [1, '1 second'],
  [90, '1 minute 30 seconds'],
  [7 * 86_400, '7 days'],
  [86_400 + 60, '1 day'],
  [93_600, '1 day 2 hours'],
])('%s seconds are %s', (seconds, words) => {
  expect(inWords(seconds)).toBe(words);
});
