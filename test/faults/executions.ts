import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  RedriveExecutionCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalCloud } from '../../rehearsal/deployment/local-cloud.ts';
import type { Arena } from './arena.ts';
import type { Ended } from './ended.ts';

/** Stops the migration that runs. */
export async function stopped({ cloud }: Arena): Promise<void> {
  const [arn] = await executionsOf(cloud, 'RUNNING');
  await cloud.sfn.send(new StopExecutionCommand({ executionArn: arn }));
}

/** Redrives the execution that was stopped, and waits for its end. */
export async function redriven({ cloud }: Arena): Promise<Ended> {
  const [executionArn] = await executionsOf(cloud, 'ABORTED');
  await cloud.sfn.send(new RedriveExecutionCommand({ executionArn }));
  for (;;) {
    const { status, error } = await cloud.sfn.send(new DescribeExecutionCommand({ executionArn }));
    const nobody = { requests: 0, lostWrites: 0 };
    if (status === 'SUCCEEDED') return { did: 'completed', ...nobody, notes: [] };
    if (status !== 'RUNNING') return { did: 'failed', ...nobody, notes: [`${status} ${error ?? ''}`] };
    await sleep(50);
  }
}

/** Of the migration, newest first. */
async function executionsOf(
  { sfn, machines }: LocalCloud,
  statusFilter: 'RUNNING' | 'ABORTED',
): Promise<readonly (string | undefined)[]> {
  const { executions = [] } = await sfn.send(
    new ListExecutionsCommand({ stateMachineArn: machines.migration, statusFilter }),
  );
  return executions.map(({ executionArn }) => executionArn);
}

/** Starts the migration that runs once more. Raises an error unless it is told so. */
export async function startedBeside({ cloud }: Arena): Promise<void> {
  const [running] = await executionsOf(cloud, 'RUNNING');
  const { input } = await cloud.sfn.send(new DescribeExecutionCommand({ executionArn: running }));
  const { executionArn } = await cloud.sfn.send(
    new StartExecutionCommand({ stateMachineArn: cloud.machines.migration, input }),
  );
  for (;;) {
    const { status, error } = await cloud.sfn.send(new DescribeExecutionCommand({ executionArn }));
    if (status === 'FAILED' && error === 'AlreadyRunning') return;
    if (status !== 'RUNNING') throw new Error(`a second execution: ${status} ${error ?? ''}`);
    await sleep(50);
  }
}
