import { Stack, Token } from 'aws-cdk-lib';
import type { IDatabaseCluster } from 'aws-cdk-lib/aws-rds';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { targetName } from '../../lambdas/runtime/target-name.ts';
import type { Target } from '../../lambdas/runtime/targets.ts';
import { mostTargets } from '../config.ts';

/** What a cluster may run, as RDS calls it, and as plans do. */
const auroraEngines = { 'aurora-postgresql': 'postgres', 'aurora-mysql': 'mysql' } as const;
export type AuroraEngine = keyof typeof auroraEngines;

/** A database that is migrated. */
export interface UnderpinTarget {
  /** By which people say it: `--target shop`. Never change it: what runs is found by it. */
  readonly name: string;
  /** The Data API must be enabled on it. In the account and region of the stack. */
  readonly cluster: IDatabaseCluster;
  /** Of the role that migrates; known by its complete ARN. */
  readonly secret: ISecret;
  /** Its name in the cluster. */
  readonly database: string;
  /** Needed for a cluster that CDK knows by its identifier alone. Default `aurora-postgresql`. */
  readonly engine?: AuroraEngine;
}

/** A database that is migrated, as the rest of the construct needs to know it. */
export interface MigratedDatabase {
  /** The name of the target. */
  readonly name: string;
  /** As plans call it. */
  readonly engine: Target['engine'];
  readonly clusterIdentifier: string;
  readonly clusterArn: string;
  readonly secretArn: string;
  readonly secretKeyArn?: string | undefined;
  /** Its name in the cluster. */
  readonly database: string;
}

/** Raises an error for targets that cannot be meant, or that cannot work where the stack is. */
export function migratedDatabases(
  scope: Construct,
  targets: readonly UnderpinTarget[],
): readonly MigratedDatabase[] {
  if (targets.length === 0 || targets.length > mostTargets)
    throw new Error(`Underpin needs 1 to ${mostTargets} targets and was given ${targets.length}`);
  const known = new Set<string>();
  for (const target of targets) {
    const { name } = target;
    const fault = targetName.safeParse(name).error?.issues[0]?.message ?? faultOf(target, Stack.of(scope));
    if (fault !== undefined) throw new Error(`target "${name}": ${fault}`);
    if (known.has(name)) throw new Error(`two targets are named "${name}". Give each a name of its own`);
    known.add(name);
  }
  return targets.map(databaseOf);
}

const faultOf = (target: UnderpinTarget, stack: Stack): string | undefined =>
  engineFault(target) ??
  placeFault('cluster', target.cluster.env, stack) ??
  placeFault('secret', target.secret.env, stack) ??
  secretFault(target.secret);

const runsOf = ({ cluster, engine }: UnderpinTarget): string =>
  cluster.engine?.engineType ?? engine ?? 'aurora-postgresql';

const isAuroraEngine = (runs: string): runs is AuroraEngine => Object.hasOwn(auroraEngines, runs);

function engineFault(target: UnderpinTarget): string | undefined {
  const { engine } = target;
  const runs = runsOf(target);
  if (!isAuroraEngine(runs))
    return `its cluster runs ${runs}, and migrations run on ${Object.keys(auroraEngines).join(' and ')} alone`;
  if (engine !== undefined && engine !== runs)
    return `its cluster runs ${runs}, and \`engine\` says ${engine}. Leave \`engine\` out`;
  return undefined;
}

/** What CDK does not know yet is not judged. */
const differs = (theirs: string, ours: string): boolean =>
  !Token.isUnresolved(theirs) && !Token.isUnresolved(ours) && theirs !== ours;

function placeFault(
  what: string,
  { account, region }: { readonly account: string; readonly region: string },
  stack: Stack,
): string | undefined {
  if (differs(account, stack.account))
    return `its ${what} is in account ${account}, and the stack in ${stack.account}. The Data API crosses no account: deploy Underpin in the account of the cluster`;
  if (differs(region, stack.region))
    return `its ${what} is in ${region}, and the stack in ${stack.region}. The Data API crosses no region: deploy Underpin in the region of the cluster`;
  return undefined;
}

function secretFault({ secretFullArn = '' }: ISecret): string | undefined {
  if (Token.isUnresolved(secretFullArn) || /-[A-Za-z0-9]{6}$/u.test(secretFullArn)) return undefined;
  return 'the secret must be known by its complete ARN, or a policy would allow others too. Use Secret.fromSecretCompleteArn';
}

function databaseOf(target: UnderpinTarget): MigratedDatabase {
  const { name, cluster, secret, database } = target;
  const runs = runsOf(target);
  return {
    name,
    engine: isAuroraEngine(runs) ? auroraEngines[runs] : 'postgres',
    clusterIdentifier: cluster.clusterIdentifier,
    clusterArn: cluster.clusterArn,
    secretArn: secret.secretFullArn ?? '',
    secretKeyArn: secret.encryptionKey?.keyArn,
    database,
  };
}
