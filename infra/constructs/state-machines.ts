import type { RemovalPolicy } from 'aws-cdk-lib';
import { Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { machineArns, type MachineArns } from './machine-arns.ts';
import { machinePermissions, type MachineName, type MachineSurroundings } from './machine-permissions.ts';
import { StateMachine } from './state-machine.ts';
import type { TaskFunctions } from './task-functions.ts';

export interface StateMachinesProps {
  readonly prefix: string;
  /** Names of the targets. */
  readonly targets: readonly string[];
  readonly functions: TaskFunctions;
  readonly holds: Table;
  readonly logRemoval: RemovalPolicy;
}

/** The shipped machines. */
export class StateMachines extends Construct {
  readonly arns: Readonly<Record<MachineName, MachineArns>>;
  readonly migration: StateMachine;
  readonly verify: StateMachine;
  readonly gate: StateMachine;
  readonly decide: StateMachine;
  readonly breach: StateMachine;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: StateMachinesProps,
  ) {
    super(scope, id);
    const { prefix } = props;
    this.arns = {
      migration: machineArns(this, `${prefix}-migration`),
      verify: machineArns(this, `${prefix}-verify`),
      gate: machineArns(this, `${prefix}-gate`),
      decide: machineArns(this, `${prefix}-decide`),
      breach: machineArns(this, `${prefix}-breach`),
    };
    this.decide = this.make('decide');
    this.breach = this.make('breach');
    this.verify = this.make('verify');
    // Versions of the nested machines too: nothing that a running migration calls may change under way.
    const nested = { VerifyMachine: this.verify.versionArn };
    this.gate = this.make('gate', nested);
    this.migration = this.make('migration', { ...nested, GateMachine: this.gate.versionArn });
  }

  private make(name: MachineName, others: Readonly<Record<string, string>> = {}): StateMachine {
    const { prefix, targets, functions, holds, logRemoval } = this.props;
    const around: MachineSurroundings = {
      machines: this.arns,
      functions: (task) => functions.arnOf(task),
      holds,
      nestedRule: Stack.of(this).formatArn({
        service: 'events',
        resource: 'rule',
        resourceName: 'StepFunctionsGetEventsForStepFunctionsExecutionRule',
      }),
    };
    return new StateMachine(this, {
      prefix,
      name,
      arns: this.arns[name],
      permissions: machinePermissions[name](around),
      substitutions: {
        ...functions.versions(),
        HoldsTable: holds.tableName,
        Targets: targets.join(','),
        ...others,
      },
      logRemoval,
    });
  }
}
