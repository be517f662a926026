import { CreateStateMachineCommand, StartExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { definition } from './definitions.ts';
import { createEventBus, type EventBus } from '../cloud/events.ts';
import { account, region } from './services.ts';

// In the order in which they name each other.
const machineNames = ['decide', 'verify', 'gate', 'migration', 'breach'] as const;
export type MachineName = (typeof machineNames)[number];
export type Machines = Readonly<Record<MachineName, string>>;

export const machineArn = (name: MachineName): string =>
  `arn:aws:states:${region}:${account}:stateMachine:${name}`;

/** Creates the shipped state machines; `tasks` are the names of the functions. Gives their ARNs. */
export async function createMachines(
  sfn: SFNClient,
  folder: string,
  tasks: Iterable<string>,
  values: Readonly<Record<string, string>>,
): Promise<Machines> {
  const known = new Map([
    ...[...tasks].map((task): [string, string] => [
      task,
      `arn:aws:lambda:${region}:${account}:function:${task}:1`,
    ]),
    ...Object.entries(values),
    ['VerifyMachine', machineArn('verify')],
    ['GateMachine', machineArn('gate')],
  ]);
  for (const name of machineNames)
    await sfn.send(
      new CreateStateMachineCommand({
        name,
        definition: definition(folder, name, known),
        roleArn: `arn:aws:iam::${account}:role/rehearsal`,
      }),
    );
  return {
    decide: machineArn('decide'),
    verify: machineArn('verify'),
    gate: machineArn('gate'),
    migration: machineArn('migration'),
    breach: machineArn('breach'),
  };
}

/** The rule that starts the breach machine when an alarm goes on. */
export function breachRule(sfn: SFNClient, machines: Machines): EventBus {
  const bus = createEventBus({
    startExecution: (stateMachineArn, input) =>
      sfn.send(new StartExecutionCommand({ stateMachineArn, input })),
  });
  bus.putRule({
    name: 'guardrail-breached',
    eventPattern: {
      source: ['aws.cloudwatch'],
      'detail-type': ['CloudWatch Alarm State Change'],
      detail: { state: { value: ['ALARM'] } },
    },
    targets: [{ arn: machines.breach }],
  });
  return bus;
}
