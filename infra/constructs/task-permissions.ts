import type { Permission } from './least-role.ts';
import type { MigratedDatabase } from './target.ts';

/** Where a task finds what it works with. */
export interface TaskResources {
  /** Those of the targets, and no other. */
  readonly databases: readonly Pick<
    MigratedDatabase,
    'engine' | 'clusterArn' | 'secretArn' | 'secretKeyArn'
  >[];
  readonly flags: FlagArns;
  readonly holdsTable: string;
  readonly publishing: readonly Permission[];
  /** Executions of the machines that a migration consists of, those of their workers included. */
  readonly executions: readonly string[];
  /** The Map Runs of those executions. */
  readonly maps: readonly string[];
  readonly reportBucket: string;
}

export interface FlagArns {
  readonly application: string;
  /** Of each target. */
  readonly environments: readonly string[];
  readonly profiles: readonly string[];
  readonly forward: string;
  readonly back: string;
  /** The role by which AppConfig asks the composite alarms. */
  readonly monitorRole: string;
}

const distinct = (arns: readonly string[]): readonly string[] => [...new Set(arns)];

/** Every deployment in these environments. */
const deployments = (environments: readonly string[]): readonly string[] =>
  environments.map((environment) => `${environment}/deployment/*`);

/** The versions of the targets' flags. */
const storedFlags = ({
  application,
  profiles,
}: FlagArns): Required<Pick<Permission, 'resources' | 'wildcard'>> => ({
  resources: [
    application,
    ...profiles,
    ...profiles.map((profile) => `${profile}/hostedconfigurationversion/*`),
  ],
  wildcard: 'versions of these profiles are numbered as they come.',
});

type Grant = (surroundings: TaskResources) => readonly Permission[];

/** What a task may be allowed, each a few API calls that belong together. */
const grants = {
  database: ({ databases }) => {
    const keys = databases.flatMap(({ secretKeyArn }) => secretKeyArn ?? []);
    const onMysql = databases.filter(({ engine }) => engine === 'mysql');
    return [
      {
        why: 'run SQL',
        actions: ['rds-data:ExecuteStatement'],
        resources: distinct(databases.map(({ clusterArn }) => clusterArn)),
      },
      ...(onMysql.length === 0
        ? []
        : [
            {
              why: 'make and drop triggers on MySQL behind the lock of their migration, in one session',
              actions: ['rds-data:BeginTransaction', 'rds-data:RollbackTransaction'],
              resources: distinct(onMysql.map(({ clusterArn }) => clusterArn)),
            },
          ]),
      {
        why: 'read the database passwords by which the Data API signs in',
        actions: ['secretsmanager:GetSecretValue'],
        resources: distinct(databases.map(({ secretArn }) => secretArn)),
      },
      ...(keys.length === 0
        ? []
        : [{ why: 'decrypt those passwords', actions: ['kms:Decrypt'], resources: distinct(keys) }]),
    ];
  },
  'bounded trials': ({ databases }) => [
    {
      why: 'end trials of what an author wrote that take too long',
      actions: ['rds-data:BeginTransaction', 'rds-data:CommitTransaction', 'rds-data:RollbackTransaction'],
      resources: distinct(databases.map(({ clusterArn }) => clusterArn)),
    },
  ],
  alarms: () => [
    {
      why: 'ask the guardrails',
      actions: ['cloudwatch:DescribeAlarms'],
      resources: ['*'],
      wildcard: 'CloudWatch describes composite alarms to those only who may describe all alarms.',
    },
  ],
  'read the metrics': () => [
    {
      why: 'read what the application has reported of its reads',
      actions: ['cloudwatch:GetMetricData'],
      resources: ['*'],
      wildcard: 'CloudWatch knows no resource for metrics.',
    },
  ],
  'read the flag': ({ flags }) => [
    {
      why: 'find the newest read flags',
      actions: ['appconfig:ListHostedConfigurationVersions', 'appconfig:GetHostedConfigurationVersion'],
      ...storedFlags(flags),
    },
  ],
  'read the deployed flag': ({ flags }) => [
    {
      why: 'find which read flags readers have, or are getting',
      actions: ['appconfig:ListDeployments'],
      resources: [flags.application, ...flags.environments],
    },
    {
      why: 'read what they say',
      actions: ['appconfig:GetHostedConfigurationVersion'],
      ...storedFlags(flags),
    },
  ],
  'move the flag': ({ flags }) => [
    {
      why: 'store new read flags',
      actions: ['appconfig:CreateHostedConfigurationVersion'],
      resources: [flags.application, ...flags.profiles],
    },
    {
      why: 'find the deployment that an earlier call began',
      actions: ['appconfig:ListDeployments'],
      resources: [flags.application, ...flags.environments],
    },
    {
      why: 'wait until they are deployed',
      actions: ['appconfig:GetDeployment'],
      resources: [flags.application, ...flags.environments, ...deployments(flags.environments)],
      wildcard: 'deployments of these environments are numbered as they come.',
    },
    {
      why: 'put the alarm on the environment on the way forward and take it off on the way back',
      actions: ['appconfig:UpdateEnvironment'],
      resources: [flags.application, ...flags.environments],
    },
  ],
  'go forward': ({ flags }) => [
    {
      why: 'deploy the read flags under the alarm',
      actions: ['appconfig:StartDeployment'],
      resources: [flags.application, ...flags.environments, ...flags.profiles, flags.forward],
    },
    {
      why: 'let AppConfig ask the composite alarms',
      actions: ['iam:PassRole'],
      resources: [flags.monitorRole],
      passedTo: 'appconfig.amazonaws.com',
    },
  ],
  'go back': ({ flags }) => [
    {
      why: 'deploy the read flags without delay',
      actions: ['appconfig:StartDeployment'],
      resources: [flags.application, ...flags.environments, ...flags.profiles, flags.back],
    },
    {
      why: 'stop a deployment that is in the way of going back',
      actions: ['appconfig:StopDeployment'],
      resources: [flags.application, ...flags.environments, ...deployments(flags.environments)],
      wildcard: 'deployments of these environments are numbered as they come.',
    },
  ],
  'notify people': ({ publishing }) => publishing,
  'read breaches': () => [
    {
      why: 'say which guardrail was over its limit, and by how much',
      actions: ['cloudwatch:DescribeAlarmHistory'],
      resources: ['*'],
      wildcard: 'CloudWatch tells the history of composite alarms to those only who may ask for all.',
    },
  ],
  'see holds': ({ holdsTable }) => [
    { why: 'see what a migration waits at', actions: ['dynamodb:GetItem'], resources: [holdsTable] },
  ],
  'fail a hold': ({ holdsTable }) => [
    {
      why: 'see whether a gate or a window is open',
      actions: ['dynamodb:GetItem'],
      resources: [holdsTable],
    },
    {
      why: 'fail the task token of a hold',
      actions: ['states:SendTaskFailure'],
      resources: ['*'],
      wildcard:
        'IAM knows no resource for task tokens: whoever has one may answer it, and only the holds table has them.',
    },
  ],
  'end a gate': ({ holdsTable }) => [
    {
      why: 'end a gate that a rollback leaves, and see what was answered to it',
      actions: ['dynamodb:UpdateItem'],
      resources: [holdsTable],
    },
  ],
  'read histories': ({ executions, maps }) => [
    {
      why: 'read what an execution and its workers did',
      actions: ['states:GetExecutionHistory', 'states:ListMapRuns'],
      resources: [...executions],
      wildcard: 'executions are named as they come.',
    },
    {
      why: 'find the workers of an execution',
      actions: ['states:ListExecutions'],
      resources: [...maps],
      wildcard: 'Map Runs are named as they come.',
    },
  ],
  'read metrics': () => [
    {
      why: 'read metrics, and which alarms were on',
      actions: ['cloudwatch:GetMetricData', 'cloudwatch:DescribeAlarmHistory'],
      resources: ['*'],
      wildcard:
        'CloudWatch knows no resources for metrics, and tells the history of composite alarms to those only who may ask for all.',
    },
  ],
  'keep reports': ({ reportBucket }) => [
    {
      why: 'store a report',
      actions: ['s3:PutObject'],
      resources: [`${reportBucket}/*`],
      wildcard: 'reports are named after migrations and executions.',
    },
  ],
} as const satisfies Record<string, Grant>;

export type GrantName = keyof typeof grants;

export const permissionsOf = (names: readonly GrantName[], surroundings: TaskResources): Permission[] =>
  names.flatMap((name) => grants[name](surroundings));
