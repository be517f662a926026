import { z } from 'zod';
import { executionArn as arnOf } from '../arns.ts';
import { describeExecution, listExecution, redriveStatus } from '../describe-execution.ts';
import { uuid } from '../expression-functions.ts';
import { parseJson, type Json } from '../json.ts';
import { PAYLOAD_BYTES } from '../limits.ts';
import { describeThrown } from '../reason.ts';
import { ServiceError } from '../service-error.ts';
import { action, page, paging, type Paging, type Account, type Action } from './action.ts';
import { refuseInvalidName } from './state-machine-actions.ts';

const STATUSES = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED', 'PENDING_REDRIVE'] as const;
const executionArn = z.string().min(1).max(256);
const REDRIVE_WINDOW_MS = 14 * 24 * 3_600_000;

export const executionActions: Readonly<Record<string, Action>> = {
  StartExecution: action(
    z.strictObject({
      stateMachineArn: z.string().min(1).max(256),
      name: z.string().min(1).max(80).optional(),
      input: z.string().optional(),
      traceHeader: z.string().optional(),
    }),
    start,
  ),

  DescribeExecution: action(
    z.strictObject({ executionArn, includedData: z.literal('ALL_DATA').optional() }),
    (request, { executions }) => describeExecution(executions.get(checkedArn(request.executionArn))),
  ),

  ListExecutions: action(
    z.strictObject({
      stateMachineArn: z.string().optional(),
      mapRunArn: z.string().optional(),
      statusFilter: z.enum(STATUSES).optional(),
      ...paging,
    }),
    list,
  ),

  GetExecutionHistory: action(
    z.strictObject({
      executionArn,
      reverseOrder: z.boolean().optional(),
      includeExecutionData: z.literal(true).optional(),
      ...paging,
    }),
    (request, { executions }) => {
      const { events } = executions.get(checkedArn(request.executionArn)).history;
      const { items, ...next } = page(request.reverseOrder === true ? events.toReversed() : events, request);
      return { events: items, ...next };
    },
  ),

  StopExecution: action(
    z.strictObject({
      executionArn,
      error: z.string().max(256).optional(),
      cause: z.string().max(32_768).optional(),
    }),
    (request, { executions, clock }) => {
      const execution = executions.get(checkedArn(request.executionArn));
      execution.stop(request.error, request.cause);
      return { stopDate: execution.stopDate ?? new Date(clock.now()) };
    },
  ),

  RedriveExecution: action(
    z.strictObject({ executionArn, clientToken: z.string().min(1).max(64).optional() }),
    async (request, { executions, clock }) => {
      const execution = executions.get(checkedArn(request.executionArn));
      const { redriveStatus: status, redriveStatusReason } = redriveStatus(execution);
      const tooLate = clock.now() - (execution.stopDate?.getTime() ?? 0) > REDRIVE_WINDOW_MS;
      if (status !== 'REDRIVABLE' || tooLate) {
        const why = redriveStatusReason ?? (tooLate ? 'The redrivable period has passed' : `It is ${status}`);
        throw new ServiceError('ExecutionNotRedrivable', `Execution Not Redrivable: '${why}'`);
      }
      // A stopped execution is over at once, while what it was doing still winds up.
      await execution.settled();
      execution.redrive();
      return { redriveDate: execution.redriveDate };
    },
  ),
};

/** The same name and input again, while the first still runs, is the same execution. */
function start(
  request: { stateMachineArn: string; name?: string | undefined; input?: string | undefined },
  { machines, executions, home, random }: Account,
): object {
  const { stateMachineArn, input: inputText = '{}', name = uuid(random) } = request;
  refuseInvalidName(name);
  const machine = machines.get(stateMachineArn);
  if (machine.status === 'DELETING') {
    throw new ServiceError('StateMachineDeleting', `State Machine Is Being Deleted: '${stateMachineArn}'`);
  }
  const input = parseInput(inputText);
  const arn = arnOf(home, machine.name, name);
  const known = executions.known(arn);
  if (known !== undefined && (known.status !== 'RUNNING' || known.beginning.inputText !== inputText)) {
    throw new ServiceError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
  }
  const { startDate } = known ?? executions.start({ arn, name, machine, input, inputText });
  return { executionArn: arn, startDate };
}

function parseInput(text: string): Json {
  if (Buffer.byteLength(text) > PAYLOAD_BYTES) {
    throw new ServiceError(
      'ValidationException',
      "Value at 'input' must have length less than or equal to 262144",
    );
  }
  try {
    return parseJson(text);
  } catch (error) {
    throw new ServiceError(
      'InvalidExecutionInput',
      `Invalid State Machine Execution Input: '${describeThrown(error)}'`,
    );
  }
}

interface Listing extends Paging {
  readonly stateMachineArn?: string | undefined;
  readonly mapRunArn?: string | undefined;
  readonly statusFilter?: (typeof STATUSES)[number] | undefined;
}

/** Newest first. Children are listed by their map run only. */
function list(request: Listing, { machines, executions }: Account): object {
  const { stateMachineArn, mapRunArn, statusFilter } = request;
  if ((stateMachineArn === undefined) === (mapRunArn === undefined)) {
    throw new ServiceError('ValidationException', 'Give exactly one of stateMachineArn and mapRunArn');
  }
  if (stateMachineArn !== undefined) machines.get(stateMachineArn);
  if (mapRunArn !== undefined) executions.mapRun(mapRunArn);
  const found = executions
    .all()
    .filter(({ beginning, status }) => {
      const belongs =
        mapRunArn === undefined
          ? beginning.machine.arn === stateMachineArn && beginning.mapRunArn === undefined
          : beginning.mapRunArn === mapRunArn;
      return belongs && (statusFilter === undefined || status === statusFilter);
    })
    .toReversed();
  const { items, ...next } = page(found, request);
  return { executions: items.map(listExecution), ...next };
}

function checkedArn(arn: string): string {
  if (arn.startsWith('arn:')) return arn;
  throw new ServiceError('InvalidArn', `Invalid Arn: 'Invalid ARN prefix: ${arn}'`);
}
