import { CloudWatchClient, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeExecutionCommand, ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Fault, FaultError } from '../../rehearsal/cloud/faults.ts';
import type { LocalCloud } from '../../rehearsal/deployment/local-cloud.ts';
import { rehearsedTarget } from '../../rehearsal/deployment/local-target.ts';
import { Operator, type Decision } from '../../rehearsal/stage/operator.ts';
import type { Arena } from './arena.ts';
import type { Outcome } from './outcome.ts';

/** A second person decides, as soon as the gate is open. */
export async function decideBeside(cloud: LocalCloud, migration: string, decision: Decision): Promise<void> {
  const gate = new Operator(cloud.sfn, cloud.dynamoDb, cloud.machines.decide, {
    migration,
    target: rehearsedTarget,
  });
  for (let tries = 0; tries < 400; tries++) {
    const waiting = await gate.waiting();
    if (waiting) return gate.decide(waiting, decision, 'a second person');
    await sleep(5);
  }
}

const decided = z.object({ decision: z.enum(['approve', 'reject']) });

/** How the migration must end by the one decision of its gate that was taken. Raises an error where not one was. */
export async function takenDecision({ sfn, machines }: LocalCloud): Promise<Outcome> {
  const list = new ListExecutionsCommand({ stateMachineArn: machines.decide });
  for (;;) {
    const { executions = [] } = await sfn.send(list);
    // The rehearsal's own approval comes within a second.
    if (executions.length > 1 && executions.every(({ status }) => status !== 'RUNNING')) break;
    await sleep(20);
  }
  const { executions = [] } = await sfn.send(list);
  const newest = executions.slice(0, 2).filter(({ status }) => status === 'SUCCEEDED');
  const [winner] = newest;
  if (winner === undefined || newest.length > 1)
    throw new Error(`of an approval and a rejection ${newest.length} were taken`);
  const { output = '' } = await sfn.send(new DescribeExecutionCommand({ executionArn: winner.executionArn }));
  return decided.parse(JSON.parse(output)).decision === 'approve' ? 'completed' : 'rolled-back';
}

/** One alarm of the guardrails is on, for as long as its period is. */
export async function alarmed({ cloudWatchPlace }: LocalCloud): Promise<void> {
  const client = new CloudWatchClient(cloudWatchPlace);
  const AlarmName = `underpin-${rehearsedTarget}-error-rate`;
  await client.send(
    new SetAlarmStateCommand({ AlarmName, StateValue: 'ALARM', StateReason: 'it is flapping' }),
  );
  client.destroy();
}

export const busy: FaultError = { status: 429, name: 'ThrottlingException', message: 'Rate exceeded' };

type Order = 'pause' | 'resume' | 'abort';

/**
 * A person gives orders and looks, each until it is answered, while every first call of the functions that people invoke
 * meets the fault. False where an order came too late, and they were told so.
 */
export async function steeredUnder(
  { cloud }: Arena,
  migration: string,
  fault: Fault,
  orders: readonly Order[],
): Promise<boolean> {
  const met = new Set<string>();
  const end = cloud.faults.when(({ caller, service, operation, id = '' }) => {
    if (caller !== 'SteerMigration' && caller !== 'DescribeMigration') return undefined;
    const call = `${caller} ${service} ${operation} ${id}`;
    if (met.has(call)) return undefined;
    met.add(call);
    return fault;
  });
  try {
    for (const order of orders) {
      const given = { migration, order, reason: 'a fault', by: 'a test' };
      if (!(await answered(cloud, 'SteerMigration', given))) return false;
      await answered(cloud, 'DescribeMigration', { migration });
    }
    return true;
  } finally {
    end();
  }
}

async function answered(cloud: LocalCloud, name: string, event: unknown): Promise<boolean> {
  for (let tries = 1; ; tries += 1) {
    try {
      await cloud.lambda.invoke(name, event);
      return true;
    } catch (error) {
      if (error instanceof Error && error.name === 'OrderRefused') return false;
      if (tries === 20) throw error;
      await sleep(200);
    }
  }
}
