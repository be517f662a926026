import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { acknowledgeWildcards, type Permission } from './least-role.ts';
import type { MachineArns } from './machine-arns.ts';
import type { MachineName } from './machine-permissions.ts';

export interface AccessProps {
  readonly prefix: string;
  readonly machines: Readonly<Record<MachineName, MachineArns>>;
  readonly holds: Table;
}

const namedAsTheyCome = 'executions are named as they come.';

/** For people: who may decide gates, and who may run migrations. Neither may do the other's part. */
export class Access extends Construct {
  constructor(scope: Construct, id: string, { prefix, machines, holds }: AccessProps) {
    super(scope, id);
    const capital = prefix.charAt(0).toUpperCase() + prefix.slice(1);
    this.policy(`${capital}Approver`, 'May decide gates, and nothing else', [
      { why: 'decide', actions: ['states:StartExecution'], resources: [machines.decide.machine] },
    ]);
    this.policy(
      `${capital}Operator`,
      'May start, stop, redrive and read migrations; not decide gates',
      operating(machines, holds),
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

function operating(
  { migration, verify, decide, breach }: AccessProps['machines'],
  holds: Table,
): readonly Permission[] {
  return [
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
      resources: [migration, verify, decide, breach].map(({ machine }) => machine),
    },
    {
      why: 'read executions, their workers, and what became of decisions and breaches',
      actions: ['states:DescribeExecution', 'states:GetExecutionHistory', 'states:ListMapRuns'],
      resources: [migration, verify, decide, breach].flatMap(({ executions, mapRuns: workers }) => [
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
  ];
}
