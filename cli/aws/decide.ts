import { StartExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { setTimeout as sleep } from 'node:timers/promises';
import { Refused } from '../refused.ts';
import { readExecution } from './executions.ts';

/** An answer to a hold, as the decide machine takes it. */
export interface Decision {
  readonly migration: string;
  readonly target: string;
  readonly hold: string;
  readonly decision: 'approve' | 'reject';
  readonly reason: string;
  /** Hash of the evidence that was shown. */
  readonly evidence?: string;
  readonly override?: true;
  readonly acknowledgeRollback?: true;
}

const pollMs = 300;
const patienceMs = 60_000;

/** Decides, and waits until the decision was taken. Raises Refused, in the decide machine's own words, when it was not. */
export async function decide(sfn: SFNClient, stateMachineArn: string, decision: Decision): Promise<string> {
  const { executionArn = '' } = await sfn.send(
    new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(decision) }),
  );
  for (const end = Date.now() + patienceMs; Date.now() < end; await sleep(pollMs)) {
    const state = await readExecution(sfn, executionArn);
    if (state === undefined || state.status === 'RUNNING') continue;
    if (state.status === 'SUCCEEDED') return executionArn;
    throw new Refused(`${state.error ?? state.status}: ${state.cause ?? 'no reason was given'}`);
  }
  throw new Refused(`The decision is still being taken after a minute. See ${executionArn}`);
}
