import type { ExecutionListItem, ExecutionRedriveStatus } from '@aws-sdk/client-sfn';
import type { Execution } from './execution.ts';
import { errorDetails } from './failure.ts';
import { HISTORY_EVENTS } from './limits.ts';

/** As DescribeExecution answers. */
export function describeExecution(execution: Execution): Readonly<Record<string, unknown>> {
  const { beginning, output, failure } = execution;
  const details = failure === undefined ? {} : errorDetails(failure);
  return {
    ...listExecution(execution),
    input: beginning.inputText,
    inputDetails: { included: true },
    ...(output === undefined ? {} : { output: JSON.stringify(output), outputDetails: { included: true } }),
    ...details,
    ...redriveStatus(execution),
  };
}

/** As ListExecutions answers, less the counts of a map run. */
export function listExecution(execution: Execution): ExecutionListItem {
  const { beginning, status, startDate, stopDate, redriveCount, redriveDate } = execution;
  const { arn, name, machine, mapRunArn } = beginning;
  return {
    executionArn: arn,
    stateMachineArn: machine.arn,
    name,
    status,
    startDate,
    redriveCount,
    ...(stopDate === undefined ? {} : { stopDate }),
    ...(redriveDate === undefined ? {} : { redriveDate }),
    ...(mapRunArn === undefined ? {} : { mapRunArn }),
  };
}

const notRedrivable = (redriveStatusReason: string) =>
  ({ redriveStatus: 'NOT_REDRIVABLE', redriveStatusReason }) as const;

interface RedriveStatus {
  readonly redriveStatus: ExecutionRedriveStatus;
  readonly redriveStatusReason?: string;
}

export function redriveStatus({ status, beginning, history }: Execution): RedriveStatus {
  if (status === 'RUNNING' || status === 'SUCCEEDED')
    return notRedrivable(`Execution is ${status} and cannot be redriven`);
  if (history.events.length >= HISTORY_EVENTS - 1)
    return notRedrivable('Execution history event limit exceeded');
  if (beginning.mapRunArn !== undefined) return { redriveStatus: 'REDRIVABLE_BY_MAP_RUN' };
  return { redriveStatus: 'REDRIVABLE' };
}
