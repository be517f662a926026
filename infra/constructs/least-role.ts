import { Stack, Validations } from 'aws-cdk-lib';
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { z } from 'zod';

/** What a role may do, on what, and why. Actions are always written out; a wildcard in a resource says its reason. */
export interface Permission {
  readonly why: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Why the resources cannot be narrower; needed where one holds a wildcard. */
  readonly wildcard?: string;
  /** The service that a role may be passed to; for `iam:PassRole` alone. */
  readonly passedTo?: string;
}

const statementOf = ({ actions, resources, passedTo }: Permission): PolicyStatement =>
  new PolicyStatement({
    effect: Effect.ALLOW,
    actions: [...actions],
    resources: [...resources],
    ...(passedTo === undefined ? {} : { conditions: { StringEquals: { 'iam:PassedToService': passedTo } } }),
  });

/** A service, and the ARNs in whose name alone it may assume the role: else it could be sent by another's resource. */
export interface AssumingService {
  readonly service: string;
  readonly for: readonly string[];
}

const principal = (scope: Construct, by: string | AssumingService): ServicePrincipal =>
  typeof by === 'string'
    ? new ServicePrincipal(by)
    : new ServicePrincipal(by.service, {
        conditions: {
          StringEquals: { 'aws:SourceAccount': Stack.of(scope).account },
          ArnLike: { 'aws:SourceArn': by.for },
        },
      });

/**
 * A role that one service assumes, with exactly these permissions, in one place to be read: whoever takes it cannot
 * add to it. Lambda and AppConfig document no condition by which they assume a role, so theirs has none.
 */
export function leastRole(
  scope: Construct,
  id: string,
  by: string | AssumingService,
  permissions: readonly Permission[],
  description: string,
): Role {
  const role = new Role(scope, id, {
    assumedBy: principal(scope, by),
    description,
    inlinePolicies: {
      Permissions: new PolicyDocument({ statements: permissions.map(statementOf) }),
    },
  });
  acknowledgeWildcards(role, permissions);
  return role;
}

/** Tells cdk-nag the reason that stands beside each wildcard. Raises an error for a wildcard without one. */
export function acknowledgeWildcards(construct: Construct, permissions: readonly Permission[]): void {
  const reasons = new Map<string, string[]>();
  for (const { why, actions, resources, wildcard } of permissions) {
    if (actions.some((action) => action.includes('*')))
      throw new Error(`${why}: actions are written out, never by a wildcard`);
    for (const resource of resources.filter((it) => it.includes('*'))) {
      if (wildcard === undefined) throw new Error(`${why}: a wildcard needs its reason`);
      const finding = `AwsSolutions-IAM5[Resource::${asNagSays(Stack.of(construct).resolve(resource))}]`;
      reasons.set(finding, [...(reasons.get(finding) ?? []), `To ${why}: ${wildcard}`]);
    }
  }
  for (const [id, because] of reasons)
    Validations.of(construct).acknowledge({ id, reason: because.join(' ') });
}

const reference = z.object({ Ref: z.string() });
const attribute = z.object({ 'Fn::GetAtt': z.array(z.string()) });
const join = z.object({ 'Fn::Join': z.tuple([z.literal(''), z.array(z.unknown())]) });

/** A resource as cdk-nag writes it in the name of a finding: `<Logical.Arn>:*`. */
function asNagSays(resolved: unknown): string {
  if (typeof resolved === 'string') return resolved;
  const joined = join.safeParse(resolved);
  if (joined.success) return joined.data['Fn::Join'][1].map(asNagSays).join('');
  const gotten = attribute.safeParse(resolved);
  if (gotten.success) return `<${gotten.data['Fn::GetAtt'].join('.')}>`;
  return `<${reference.parse(resolved).Ref}>`;
}

export const tracePermission: Permission = {
  why: 'send traces',
  actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
  resources: ['*'],
  wildcard: 'X-Ray knows no resources for these actions.',
};
