import { RemovalPolicy } from 'aws-cdk-lib';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  CfnStateMachine,
  CfnStateMachineAlias,
  CfnStateMachineVersion,
  DefinitionBody,
  LogLevel,
  StateMachine as Machine,
  StateMachineType,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { readFileSync } from 'node:fs';
import { fromRoot } from '../from-root.ts';
import { leastRole, type Permission } from './least-role.ts';
import type { MachineArns } from './machine-arns.ts';
import { stateLogging, stateTracing, type MachineName } from './machine-permissions.ts';

/** The alias that new executions are started by. */
export const liveAlias = 'live';

export interface StateMachineProps {
  readonly prefix: string;
  readonly name: MachineName;
  readonly arns: MachineArns;
  readonly permissions: readonly Permission[];
  /** A value for each `${Name}` of the ASL file; one that is missing or never asked for is an error. */
  readonly substitutions: Readonly<Record<string, string>>;
  readonly logRemoval: RemovalPolicy;
}

/**
 * One ASL file as it is, with its names filled in: a Standard workflow that logs every state, published as a version
 * with the alias `live`. An execution keeps the definition that it began with.
 */
export class StateMachine extends Construct {
  readonly machine: Machine;
  readonly versionArn: string;
  readonly aliasArn: string;

  constructor(
    scope: Construct,
    { prefix, name, arns: { machine }, permissions, substitutions, logRemoval }: StateMachineProps,
  ) {
    super(scope, name);
    const role = leastRole(
      this,
      'Role',
      // Itself, its versions, and the children of its Distributed Maps.
      { service: 'states.amazonaws.com', for: [machine, `${machine}:*`, `${machine}/*`] },
      [stateLogging, stateTracing, ...permissions],
      `What the states of ${prefix}-${name} may call`,
    );
    this.machine = new Machine(this, 'Machine', {
      stateMachineName: `${prefix}-${name}`,
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromString(definition(name)),
      definitionSubstitutions: asked(name, substitutions),
      role: role.withoutPolicyUpdates(),
      tracingEnabled: true,
      logs: {
        destination: new LogGroup(this, 'Log', {
          // Beyond this prefix a resource policy of the account grows with every machine until it is full.
          logGroupName: `/aws/vendedlogs/states/${prefix}-${name}`,
          retention: RetentionDays.SIX_MONTHS,
          removalPolicy: logRemoval,
        }),
        level: LogLevel.ALL,
        // Inputs hold task tokens, by which whoever may answer tokens could open a gate.
        includeExecutionData: false,
      },
    });
    this.machine.node.addDependency(role);
    const { versionArn, aliasArn } = this.publish();
    this.versionArn = versionArn;
    this.aliasArn = aliasArn;
  }

  /** A new revision replaces the version in the template; the old one stays for the executions that began with it. */
  private publish(): { readonly versionArn: string; readonly aliasArn: string } {
    const { defaultChild } = this.machine.node;
    if (!(defaultChild instanceof CfnStateMachine)) throw new Error('the machine has no resource');
    const version = new CfnStateMachineVersion(this, 'Version', {
      stateMachineArn: this.machine.stateMachineArn,
      stateMachineRevisionId: defaultChild.attrStateMachineRevisionId,
    });
    version.applyRemovalPolicy(RemovalPolicy.RETAIN, { applyToUpdateReplacePolicy: true });
    const alias = new CfnStateMachineAlias(this, 'Alias', {
      name: liveAlias,
      description: 'What a new execution should begin with',
      routingConfiguration: [{ stateMachineVersionArn: version.ref, weight: 100 }],
    });
    return { versionArn: version.ref, aliasArn: alias.ref };
  }
}

/** The file as it is but for its blanks, which CloudFormation would count. */
const definition = (name: MachineName): string =>
  JSON.stringify(JSON.parse(readFileSync(fromRoot(`statemachines/${name}.asl.json`), 'utf8')));

/** The names that a file asks for, once each. */
const substitutionsIn = (text: string): readonly string[] => [
  ...new Set([...text.matchAll(/\$\{(\w+)\}/gu)].map(([, name = '']) => name)),
];

function asked(name: MachineName, values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    substitutionsIn(definition(name)).map((key) => {
      const value = values[key];
      if (value === undefined)
        throw new Error(`${name}.asl.json asks for \${${key}}, which the stack does not have`);
      return [key, value];
    }),
  );
}
