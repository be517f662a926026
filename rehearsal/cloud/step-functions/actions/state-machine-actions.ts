import { z } from 'zod';
import { ServiceError } from '../service-error.ts';
import type { StateMachine } from '../state-machines.ts';
import { action, page, paging, type Account, type Action } from './action.ts';

const name = z.string().min(1).max(80);

/** Accepted, because they change nothing here that anybody could see. */
const observability = {
  loggingConfiguration: z.unknown().optional(),
  tracingConfiguration: z.unknown().optional(),
};

const INVALID_NAME = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]/u;

/** @throws ServiceError InvalidName */
export function refuseInvalidName(value: string): void {
  if (INVALID_NAME.test(value)) throw new ServiceError('InvalidName', `Invalid Name: '${value}'`);
}

export const stateMachineActions: Readonly<Record<string, Action>> = {
  CreateStateMachine: action(
    z.strictObject({
      name,
      definition: z.string().min(1).max(1_048_576),
      roleArn: z.string().min(1).max(256),
      type: z.literal('STANDARD').optional(),
      tags: z.unknown().optional(),
      ...observability,
    }),
    async (request, { machines }) => {
      refuseInvalidName(request.name);
      const { arn, creationDate } = await machines.create(request);
      return { stateMachineArn: arn, creationDate };
    },
  ),

  UpdateStateMachine: action(
    z.strictObject({
      stateMachineArn: z.string(),
      definition: z.string().min(1).optional(),
      roleArn: z.string().min(1).optional(),
      ...observability,
    }),
    async ({ stateMachineArn, definition, roleArn, ...rest }, { machines }) => {
      if (definition === undefined && roleArn === undefined && Object.keys(rest).length === 0) {
        throw new ServiceError(
          'MissingRequiredParameter',
          'Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified',
        );
      }
      const { updateDate, revisionId } = await machines.update(stateMachineArn, {
        ...(definition === undefined ? {} : { definition }),
        ...(roleArn === undefined ? {} : { roleArn }),
      });
      return { updateDate, revisionId };
    },
  ),

  DescribeStateMachine: action(
    z.strictObject({ stateMachineArn: z.string(), includedData: z.literal('ALL_DATA').optional() }),
    ({ stateMachineArn }, { machines }) => {
      const machine = machines.get(stateMachineArn);
      const { creationDate, status } = machine;
      return { ...described(machine), creationDate, status, type: 'STANDARD' };
    },
  ),

  DescribeStateMachineForExecution: action(
    z.strictObject({ executionArn: z.string(), includedData: z.literal('ALL_DATA').optional() }),
    ({ executionArn }, { executions }) => {
      const { machine, mapRunArn } = executions.get(executionArn).beginning;
      const { updateDate } = machine;
      return { ...described(machine), updateDate, ...(mapRunArn === undefined ? {} : { mapRunArn }) };
    },
  ),

  ListStateMachines: action(z.strictObject(paging), (request, { machines }) => {
    const { items, ...next } = page(machines.all(), request);
    const stateMachines = items.map(({ arn, name: machineName, creationDate }) => ({
      stateMachineArn: arn,
      name: machineName,
      type: 'STANDARD',
      creationDate,
    }));
    return { stateMachines, ...next };
  }),

  DeleteStateMachine: action(
    z.strictObject({ stateMachineArn: z.string() }),
    ({ stateMachineArn }, account) => {
      account.machines.markDeleting(stateMachineArn);
      void removeWhenIdle(stateMachineArn, account);
      return {};
    },
  ),
};

/** A machine goes when its last execution has ended. */
async function removeWhenIdle(arn: string, { machines, executions }: Account): Promise<void> {
  const own = executions.all().filter(({ beginning }) => beginning.machine.arn === arn);
  await Promise.all(own.map((execution) => execution.settled()));
  machines.remove(arn);
}

function described({
  arn,
  name: machineName,
  definition,
  roleArn,
  revisionId,
}: Omit<StateMachine, 'status' | 'creationDate'>) {
  return {
    stateMachineArn: arn,
    name: machineName,
    definition,
    roleArn,
    loggingConfiguration: { level: 'OFF', includeExecutionData: false },
    tracingConfiguration: { enabled: false },
    ...(revisionId === undefined ? {} : { revisionId }),
  };
}
