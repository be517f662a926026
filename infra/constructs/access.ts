import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledgeWildcards, type Permission } from './least-role.ts';
import type { MachineArns } from './machine-arns.ts';
import type { MachineName } from './machine-permissions.ts';
import type { TaskFunctions } from './task-functions.ts';
import { peoplesTasks } from './tasks.ts';

/** What people are let to. */
export interface Accessible {
  readonly machines: Readonly<Record<MachineName, MachineArns>>;
  readonly holds: Table;
  readonly functions: TaskFunctions;
  readonly reports: Bucket;
}

export interface AccessProps extends Accessible {
  readonly prefix: string;
}

const namedAsTheyCome = 'executions are named as they come.';

/** For people: who may decide gates, who may run migrations, and who may look. The first two may not do each other's part. */
export class Access extends Construct {
  constructor(scope: Construct, id: string, { prefix, ...around }: AccessProps) {
    super(scope, id);
    const capital = prefix.charAt(0).toUpperCase() + prefix.slice(1);
    this.policy(
      `${capital}Approver`,
      'May decide gates, and see what became of it',
      approvalPermissions(around),
    );
    this.policy(
      `${capital}Reader`,
      'May see how migrations are, what gates ask and what became of decisions',
      readingPermissions(around),
    );
    this.policy(
      `${capital}Operator`,
      'May start, stop, steer, redrive and read migrations; not decide gates',
      operatorPermissions(around),
    );
  }

  private policy(name: string, description: string, permissions: readonly Permission[]): void {
    const made = new ManagedPolicy(this, name, {
      managedPolicyName: name,
      description,
      statements: permissions.map(
        ({ actions, resources }) => new PolicyStatement({ actions: [...actions], resources: [...resources] }),
      ),
    });
    acknowledgeWildcards(made, permissions);
  }
}

/** What somebody needs who decides gates. */
export const approvalPermissions = ({ machines: { decide } }: Accessible): readonly Permission[] => [
  {
    why: 'decide, on the console page that starts the machine',
    actions: ['states:StartExecution', 'states:DescribeStateMachine', 'states:ListExecutions'],
    resources: [decide.machine],
  },
  {
    why: 'see on that page what became of the decision',
    actions: ['states:DescribeExecution', 'states:GetExecutionHistory'],
    resources: [decide.executions],
    wildcard: namedAsTheyCome,
  },
  {
    why: 'find the machine in the console',
    actions: ['states:ListStateMachines'],
    resources: ['*'],
    wildcard: 'IAM knows no resource for a list of all machines.',
  },
];

/** What somebody who approves from a terminal needs beside the right to decide. */
export const readingPermissions = ({
  machines: { decide },
  holds,
  functions,
}: Accessible): readonly Permission[] => [
  {
    why: 'see what became of the decision',
    actions: ['states:DescribeExecution'],
    resources: [decide.executions],
    wildcard: namedAsTheyCome,
  },
  { why: 'see what is asked', actions: ['dynamodb:GetItem'], resources: [holds.tableArn] },
  {
    why: 'see how a migration is',
    actions: ['lambda:InvokeFunction'],
    resources: [functions.arnOf('DescribeMigration'), functions.arnOf('ShowMigrations')],
  },
];

/** What somebody needs who runs migrations. */
export function operatorPermissions({
  machines,
  holds,
  functions,
  reports,
}: Accessible): readonly Permission[] {
  const { migration, verify, gate, decide, breach } = machines;
  return [
    {
      why: 'read the reports of migrations',
      actions: ['s3:GetObject'],
      resources: [`${reports.bucketArn}/*`],
      wildcard: 'reports are named after migrations and executions.',
    },
    { why: 'start a migration', actions: ['states:StartExecution'], resources: [migration.machine] },
    {
      why: 'stop and redrive a migration',
      actions: ['states:StopExecution', 'states:RedriveExecution'],
      resources: [migration.executions, migration.mapRuns],
      wildcard: namedAsTheyCome,
    },
    {
      why: 'see the machines and their executions',
      actions: ['states:DescribeStateMachine', 'states:ListExecutions'],
      resources: [migration, verify, gate, decide, breach].map(({ machine }) => machine),
    },
    {
      why: 'read executions, their workers, and what became of decisions and breaches',
      actions: ['states:DescribeExecution', 'states:GetExecutionHistory', 'states:ListMapRuns'],
      resources: [migration, verify, gate, decide, breach].flatMap(({ executions, mapRuns: workers }) => [
        executions,
        workers,
      ]),
      wildcard: namedAsTheyCome,
    },
    {
      why: 'see how far the workers are',
      actions: ['states:DescribeMapRun', 'states:ListExecutions'],
      resources: [migration.maps, verify.maps],
      wildcard: namedAsTheyCome,
    },
    {
      why: 'list machines in the console',
      actions: ['states:ListStateMachines'],
      resources: ['*'],
      wildcard: 'Step Functions knows no resources for this action.',
    },
    {
      why: 'see what waits for a decision',
      actions: ['dynamodb:GetItem', 'dynamodb:Scan'],
      resources: [holds.tableArn],
    },
    {
      why: 'ask how migrations are, and steer them',
      actions: ['lambda:InvokeFunction'],
      resources: peoplesTasks.map((task) => functions.arnOf(task)),
    },
    {
      why: 'see which alarms are on, and which were when a migration went back',
      actions: ['cloudwatch:DescribeAlarms', 'cloudwatch:DescribeAlarmHistory'],
      resources: ['*'],
      wildcard: 'CloudWatch describes composite alarms to those only who may describe all alarms.',
    },
  ];
}
