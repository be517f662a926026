import * as z from 'zod';
import { ofType, type Synthesised } from './synthesised.ts';

export interface Statement {
  /** Whose it is, by logical id. */
  readonly owner: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** One line for each condition. */
  readonly conditions: readonly string[];
}

const list = z.union([z.string().transform((it) => [it]), z.array(z.string())]);
const things = z.union([z.array(z.unknown()), z.unknown().transform((it) => [it])]);
const condition = z.record(z.string(), z.record(z.string(), z.unknown())).default({});
const policyDocument = z.object({
  Statement: z.array(
    z.strictObject({
      Effect: z.literal('Allow'),
      Action: list,
      Resource: things,
      Condition: condition,
    }),
  ),
});

const conditionLines = (given: z.infer<typeof condition>): readonly string[] =>
  Object.entries(given).flatMap(([operator, keys]) =>
    Object.entries(keys).map(
      ([key, value]) => `if ${key} ${operator} ${things.parse(value).map(written).join(' or ')}`,
    ),
  );

/** What roles and managed policies allow. */
export function statementsOf(stack: Synthesised): readonly Statement[] {
  const inline = ofType(stack, 'AWS::IAM::Role').flatMap(([owner, { Properties }]) =>
    z
      .array(z.object({ PolicyDocument: policyDocument }))
      .parse(Properties['Policies'] ?? [])
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement.map((it) => ({ owner, ...it }))),
  );
  const managed = ofType(stack, 'AWS::IAM::ManagedPolicy').flatMap(([owner, { Properties }]) =>
    policyDocument.parse(Properties['PolicyDocument']).Statement.map((it) => ({ owner, ...it })),
  );
  return [...inline, ...managed].map(({ owner, Action, Resource, Condition }) => ({
    owner,
    actions: Action,
    resources: Resource.map(written),
    conditions: conditionLines(Condition),
  }));
}

/** By role, the one service that may assume it, and in whose name. */
export function trustOf(stack: Synthesised): ReadonlyMap<string, readonly string[]> {
  const trust = z.object({
    Statement: z.tuple([
      z.strictObject({
        Effect: z.literal('Allow'),
        Action: z.literal('sts:AssumeRole'),
        Principal: z.strictObject({ Service: z.string() }),
        Condition: condition,
      }),
    ]),
  });
  return new Map(
    ofType(stack, 'AWS::IAM::Role').map(([owner, { Properties }]) => {
      const [{ Principal, Condition }] = trust.parse(Properties['AssumeRolePolicyDocument']).Statement;
      return [owner, [`assumed by ${Principal.Service}`, ...conditionLines(Condition)]];
    }),
  );
}

const resourcePolicy = z.object({
  Statement: z.array(
    z.object({
      Effect: z.string(),
      Action: list,
      Principal: z.unknown(),
      Condition: condition,
    }),
  ),
});

/** What the policies of the topic, the queue and the key say, as lines. */
const resourcePolicies = (stack: Synthesised): readonly string[] =>
  (
    [
      ['AWS::SNS::TopicPolicy', 'PolicyDocument'],
      ['AWS::SQS::QueuePolicy', 'PolicyDocument'],
      ['AWS::KMS::Key', 'KeyPolicy'],
    ] as const
  ).flatMap(([type, property]) =>
    ofType(stack, type).map(([owner, { Properties }]) =>
      [
        owner,
        ...resourcePolicy
          .parse(Properties[property])
          .Statement.flatMap(({ Effect, Action, Principal, Condition }) => [
            `  ${Effect} ${Action.join(', ')} to ${principalOf(Principal)}`,
            ...conditionLines(Condition).map((line) => `    ${line}`),
          ]),
      ].join('\n'),
    ),
  );

function principalOf(value: unknown): string {
  const [kind, who] = Object.entries(z.record(z.string(), z.unknown()).safeParse(value).data ?? {})[0] ?? [];
  return kind === undefined ? written(value) : `${kind} ${written(who)}`;
}

/** An ARN of a template as one line: `<Logical.Arn>:*`. */
function written(value: unknown): string {
  if (typeof value === 'string') return value;
  const joined = z.object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) }).safeParse(value);
  if (joined.success) return joined.data['Fn::Join'][1].map(written).join(joined.data['Fn::Join'][0]);
  const gotten = z.object({ 'Fn::GetAtt': z.array(z.string()) }).safeParse(value);
  if (gotten.success) return `<${gotten.data['Fn::GetAtt'].join('.')}>`;
  return `<${z.object({ Ref: z.string() }).parse(value).Ref}>`;
}

/** The statements as somebody who reviews them reads them, without the hashes of logical ids. */
export function readable(stack: Synthesised): string {
  const owners = new Map<string, string[]>(
    [...trustOf(stack)].map(([owner, lines]) => [owner, lines.map((line) => `  ${line}`)]),
  );
  for (const { owner, actions, resources, conditions } of statementsOf(stack)) {
    const lines = owners.get(owner) ?? [];
    lines.push(`  ${actions.join(', ')}`, ...resources.map((resource) => `    on ${resource}`));
    owners.set(owner, [...lines, ...conditions.map((line) => `    ${line}`)]);
  }
  return [
    ...[...owners].map(([owner, lines]) => [owner, ...lines].join('\n')).toSorted(),
    ...resourcePolicies(stack),
  ]
    .join('\n\n')
    .replaceAll(/([a-z])[0-9A-F]{8}\b/gu, '$1')
    .concat('\n');
}
