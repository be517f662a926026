import { DescribeExecutionCommand, ListExecutionsCommand, type SFNClient } from '@aws-sdk/client-sfn';
import type { TargetedMigration } from '../../engine/words/target.ts';
import { unwrapError } from '../../engine/words/failure.ts';

/** How an execution is, or how it ended. */
export interface ExecutionState {
  readonly arn: string;
  /** RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED or PENDING_REDRIVE. */
  readonly status: string;
  readonly startedAt: string;
  readonly stoppedAt?: string | undefined;
  /** Of one that failed. */
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}

/** Undefined where Step Functions does not know it (any more): it forgets executions 90 days after their end. */
export async function readExecution(
  sfn: SFNClient,
  executionArn: string,
): Promise<ExecutionState | undefined> {
  try {
    const it = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    const reason =
      it.error === undefined ? undefined : unwrapError({ Error: it.error, Cause: it.cause ?? '' });
    return {
      arn: executionArn,
      status: it.status ?? '',
      startedAt: it.startDate?.toISOString() ?? '',
      stoppedAt: it.stopDate?.toISOString(),
      error: reason?.error,
      cause: reason?.cause,
    };
  } catch (error) {
    if (error instanceof Error && /^(ExecutionDoesNotExist|InvalidArn)$/u.test(error.name)) return undefined;
    throw error;
  }
}

/** The newest execution that `underpin start` began for a migration; by its name, since an input is not listed. */
export async function newestStart(
  sfn: SFNClient,
  stateMachineArn: string,
  of: TargetedMigration,
): Promise<ExecutionState | undefined> {
  const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn, maxResults: 100 }));
  const found = executions.find(({ name = '' }) => withoutTime(name) === startOf(of));
  return found?.executionArn === undefined ? undefined : readExecution(sfn, found.executionArn);
}

// A name has 80 characters at the most; with others than letters, digits, - and _ CloudWatch Logs would not take its log.
const startOf = ({ migration, target }: TargetedMigration): string => `${migration}_${target}`.slice(0, 63);

/** `rename-users-email_shop-20261201T100000Z` */
export const startName = (of: TargetedMigration, now: Date): string =>
  `${startOf(of)}-${now.toISOString().replaceAll(/[-:]|\.\d+/gu, '')}`;

const withoutTime = (name: string): string => name.replace(/-\d{8}T\d{6}Z$/u, '');
