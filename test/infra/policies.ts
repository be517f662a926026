import * as z from 'zod';
import { ofType, type Synthesised } from './synthesised.ts';

export interface Statement {
  /** Whose it is, by logical id. */
  readonly owner: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}

const list = z.union([z.string().transform((it) => [it]), z.array(z.string())]);
const things = z.union([z.array(z.unknown()), z.unknown().transform((it) => [it])]);
const policyDocument = z.object({
  Statement: z.array(z.strictObject({ Effect: z.literal('Allow'), Action: list, Resource: things })),
});

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
  return [...inline, ...managed].map(({ owner, Action, Resource }) => ({
    owner,
    actions: Action,
    resources: Resource.map(written),
  }));
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
  const owners = new Map<string, string[]>();
  for (const { owner, actions, resources } of statementsOf(stack)) {
    const lines = owners.get(owner) ?? [];
    lines.push(`  ${actions.join(', ')}`, ...resources.map((resource) => `    on ${resource}`));
    owners.set(owner, lines);
  }
  return [...owners]
    .map(([owner, lines]) => [owner, ...lines].join('\n'))
    .toSorted()
    .join('\n\n')
    .replaceAll(/([a-z])[0-9A-F]{8}\b/gu, '$1')
    .concat('\n');
}
