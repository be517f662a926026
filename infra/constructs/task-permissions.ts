import type { Permission } from './least-role.ts';

/** Where a task finds what it works with. */
export interface TaskResources {
  readonly clusterArn: string;
  readonly secretArn: string;
  readonly secretKeyArn?: string | undefined;
  readonly flags: FlagArns;
  readonly holdsTable: string;
  /** The machines that take holds. */
  readonly holdingMachines: readonly string[];
  readonly publishing: readonly Permission[];
  /** Executions of the machines that a migration consists of, those of their workers included. */
  readonly executions: readonly string[];
  /** The Map Runs of those executions. */
  readonly maps: readonly string[];
  readonly reportBucket: string;
}

export interface FlagArns {
  readonly application: string;
  readonly environment: string;
  readonly profile: string;
  readonly forward: string;
  readonly back: string;
  /** The role by which AppConfig asks the composite alarm. */
  readonly monitorRole: string;
}

type Grant = (surroundings: TaskResources) => readonly Permission[];

/** What a task may be allowed, each a few API calls that belong together. */
const grants = {
  database: ({ clusterArn, secretArn, secretKeyArn }) => [
    {
      why: 'run SQL',
      actions: ['rds-data:ExecuteStatement'],
      resources: [clusterArn],
    },
    {
      why: 'read the database password by which the Data API signs in',
      actions: ['secretsmanager:GetSecretValue'],
      resources: [secretArn],
    },
    ...(secretKeyArn === undefined
      ? []
      : [{ why: 'decrypt that password', actions: ['kms:Decrypt'], resources: [secretKeyArn] }]),
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
      resources: [flags.application, flags.profile, `${flags.profile}/hostedconfigurationversion/*`],
      wildcard: 'versions of this one profile are numbered as they come.',
    },
  ],
  'move the flag': ({ flags }) => [
    {
      why: 'store new read flags',
      actions: ['appconfig:CreateHostedConfigurationVersion'],
      resources: [flags.application, flags.profile],
    },
    {
      why: 'find the deployment that an earlier call began',
      actions: ['appconfig:ListDeployments'],
      resources: [flags.application, flags.environment],
    },
    {
      why: 'wait until they are deployed',
      actions: ['appconfig:GetDeployment'],
      resources: [flags.application, flags.environment, `${flags.environment}/deployment/*`],
      wildcard: 'deployments of this one environment are numbered as they come.',
    },
    {
      why: 'put the alarm on the environment on the way forward and take it off on the way back',
      actions: ['appconfig:UpdateEnvironment'],
      resources: [flags.application, flags.environment],
    },
  ],
  'go forward': ({ flags }) => [
    {
      why: 'deploy the read flags under the alarm',
      actions: ['appconfig:StartDeployment'],
      resources: [flags.application, flags.environment, flags.profile, flags.forward],
    },
    {
      why: 'let AppConfig ask the composite alarm',
      actions: ['iam:PassRole'],
      resources: [flags.monitorRole],
      passedTo: 'appconfig.amazonaws.com',
    },
  ],
  'go back': ({ flags }) => [
    {
      why: 'deploy the read flags without delay',
      actions: ['appconfig:StartDeployment'],
      resources: [flags.application, flags.environment, flags.profile, flags.back],
    },
    {
      why: 'stop a deployment that is in the way of going back',
      actions: ['appconfig:StopDeployment'],
      resources: [flags.application, flags.environment, `${flags.environment}/deployment/*`],
      wildcard: 'deployments of this one environment are numbered as they come.',
    },
  ],
  'notify people': ({ publishing }) => publishing,
  'fail a hold': ({ holdsTable, holdingMachines }) => [
    {
      why: 'see whether a gate or a window is open',
      actions: ['dynamodb:GetItem'],
      resources: [holdsTable],
    },
    {
      why: 'fail the task token of a hold',
      actions: ['states:SendTaskFailure'],
      resources: [...holdingMachines],
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
