import type { Permission } from './least-role.ts';
import type { MachineArns } from './machine-arns.ts';
import type { TaskName } from './tasks.ts';

export const machineNames = ['decide', 'verify', 'gate', 'migration', 'breach'] as const;
export type MachineName = (typeof machineNames)[number];

export interface MachineSurroundings {
  readonly machines: Readonly<Record<MachineName, MachineArns>>;
  readonly functions: (task: TaskName) => string;
  readonly holds: { readonly tableArn: string };
  /** The rule by which Step Functions learns that a nested execution has ended. */
  readonly nestedRule: string;
}

const namedAsTheyCome = 'executions are named as they come.';

/** `FunctionArn:*`: the versions that running executions began with, which no later template knows any more. */
const invoke = ({ functions }: MachineSurroundings, tasks: readonly TaskName[]): Permission => ({
  why: 'invoke its tasks',
  actions: ['lambda:InvokeFunction'],
  resources: tasks.map((task) => `${functions(task)}:*`),
  wildcard: 'an execution lasts for weeks and invokes the function versions that it began with.',
});

const onHolds = ({ holds }: MachineSurroundings, why: string, ...actions: string[]): Permission => ({
  why,
  actions,
  resources: [holds.tableArn],
});

/** What a Distributed Map asks of the machine's own role, a redrive after a failure included. */
const fanOut = ({ machine, executions, mapRuns }: MachineArns): readonly Permission[] => [
  { why: 'start a worker for each shard', actions: ['states:StartExecution'], resources: [machine] },
  {
    why: 'watch and stop those workers',
    actions: ['states:DescribeExecution', 'states:StopExecution'],
    resources: [executions, mapRuns],
    wildcard: namedAsTheyCome,
  },
  {
    why: 'start failed workers over in a redrive',
    actions: ['states:RedriveExecution'],
    resources: [mapRuns],
    wildcard: namedAsTheyCome,
  },
];

/** What `startExecution.sync:2` asks for. */
const nested = (machines: readonly MachineArns[], rule: string): readonly Permission[] => [
  {
    why: 'start a nested machine',
    actions: ['states:StartExecution'],
    resources: machines.map(({ machine }) => machine),
  },
  {
    why: 'wait for a nested execution and stop it',
    actions: ['states:DescribeExecution', 'states:StopExecution'],
    resources: machines.map(({ executions }) => executions),
    wildcard: namedAsTheyCome,
  },
  {
    why: 'be told when a nested execution has ended',
    actions: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
    resources: [rule],
  },
];

const answerHolds = (...actions: string[]): Permission => ({
  why: 'answer the task token of a hold',
  actions,
  resources: ['*'],
  wildcard:
    'IAM knows no resource for task tokens: whoever has one may answer it, and only the holds table has them.',
});

/** What each machine's states may call, and no more. */
export const machinePermissions: Readonly<
  Record<MachineName, (surroundings: MachineSurroundings) => readonly Permission[]>
> = {
  migration: (around) => [
    invoke(around, [
      'PlanMigration',
      'ApplyPhase',
      'CutShards',
      'BackfillShard',
      'SweepStubbornRows',
      'BeginConfidence',
      'SetReadShare',
      'SwitchReadsBack',
      'FenceWorkers',
      'UndoPhase',
      'AuditMigration',
      'CloseMigration',
      'NotifyPeople',
      'WriteReport',
    ]),
    onHolds(around, 'open a hold', 'dynamodb:PutItem'),
    // Describing executions of its own machine also says whether the one that the ledger names still runs.
    ...fanOut(around.machines.migration),
    ...nested([around.machines.verify, around.machines.gate], around.nestedRule),
  ],
  verify: (around) => [
    invoke(around, ['CutShards', 'VerifyShard', 'JudgeVerification', 'BackfillShard', 'SweepStubbornRows']),
    ...fanOut(around.machines.verify),
  ],
  gate: (around) => [
    invoke(around, ['CollectEvidence', 'NotifyPeople']),
    onHolds(around, 'open a hold', 'dynamodb:PutItem'),
    ...nested([around.machines.verify], around.nestedRule),
  ],
  decide: (around) => [
    onHolds(around, 'read a hold and record the decision', 'dynamodb:GetItem', 'dynamodb:UpdateItem'),
    answerHolds('states:SendTaskSuccess', 'states:SendTaskFailure'),
  ],
  breach: (around) => [
    onHolds(around, 'find open holds', 'dynamodb:Scan'),
    answerHolds('states:SendTaskFailure'),
  ],
};

export const stateLogging: Permission = {
  why: 'log every state',
  actions: [
    'logs:CreateLogDelivery',
    'logs:GetLogDelivery',
    'logs:UpdateLogDelivery',
    'logs:DeleteLogDelivery',
    'logs:ListLogDeliveries',
    'logs:PutResourcePolicy',
    'logs:DescribeResourcePolicies',
    'logs:DescribeLogGroups',
  ],
  resources: ['*'],
  wildcard: 'CloudWatch Logs knows no resources for log deliveries.',
};

export const stateTracing: Permission = {
  why: 'trace every state',
  actions: [
    'xray:PutTraceSegments',
    'xray:PutTelemetryRecords',
    'xray:GetSamplingRules',
    'xray:GetSamplingTargets',
  ],
  resources: ['*'],
  wildcard: 'X-Ray knows no resources for these actions.',
};
