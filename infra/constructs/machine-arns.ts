import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** The ARNs of machines and their executions, known before any of them is made. */
export interface MachineArns {
  readonly machine: string;
  /** Every execution. */
  readonly executions: string;
  /** Every execution that a Distributed Map of the machine starts. */
  readonly mapRuns: string;
  /** Every Map Run itself. */
  readonly maps: string;
}

export function machineArns(scope: Construct, name: string): MachineArns {
  const arn = (resource: string, resourceName: string): string =>
    Stack.of(scope).formatArn({
      service: 'states',
      resource,
      resourceName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  return {
    machine: arn('stateMachine', name),
    executions: arn('execution', `${name}:*`),
    mapRuns: arn('execution', `${name}/*`),
    maps: arn('mapRun', `${name}/*`),
  };
}
