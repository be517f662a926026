import { StateFailure } from '../failure.ts';
import { asJson, isJsonObject, parseJson, type Json } from '../json.ts';
import type { ExecutionServices } from '../run.ts';
import { untilAborted } from '../until-aborted.ts';
import type { Integration } from './integration.ts';
import { sdkArgumentProblems } from './sdk-caller.ts';
import { pascalCase } from './sdk-services.ts';

const RESOURCES = {
  response: 'startExecution',
  token: 'startExecution.waitForTaskToken',
  sync: 'startExecution.sync:2',
};

/** `arn:aws:states:::states:startExecution` in its three patterns. */
export function startExecution(pattern: 'response' | 'token' | 'sync'): Integration {
  return {
    resourceType: 'states',
    resource: RESOURCES[pattern],
    pattern,
    problems: (template) => sdkArgumentProblems('sfn', 'startExecution', template),
    call: (args, { sdk }, state) =>
      sdk.call('sfn', 'startExecution', args, { state, prefix: 'StepFunctions' }),
    ...(pattern === 'sync' ? { follow } : {}),
  };
}

/** Waits for the execution's end; its output arrives as JSON, not as text. A task given up stops what it started. */
async function follow(
  response: Json,
  { executions }: ExecutionServices,
  abandoned: AbortSignal,
): Promise<Json> {
  const arn = isJsonObject(response) ? response['ExecutionArn'] : undefined;
  if (typeof arn !== 'string') throw new Error('StartExecution answered without an ExecutionArn');
  const execution = executions.get(arn);
  try {
    await untilAborted(execution.settled(), abandoned);
  } catch (reason) {
    execution.stop();
    throw reason;
  }
  const { Input, Output, ...described } = describe(executions.describe(arn));
  if (execution.status !== 'SUCCEEDED') {
    throw new StateFailure('States.TaskFailed', JSON.stringify({ ...described, Input }));
  }
  return { ...described, Input: parsed(Input), Output: parsed(Output) };
}

function describe(execution: Readonly<Record<string, unknown>>): Record<string, Json> {
  const fields = Object.entries(execution);
  return Object.fromEntries(fields.map(([name, value]) => [pascalCase(name), presentable(value)]));
}

/** This integration gives dates in milliseconds, and casing goes all the way down. */
function presentable(value: unknown): Json {
  if (value instanceof Date) return value.getTime();
  if (!isJsonObject(value)) return asJson(value);
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [pascalCase(name), presentable(field)]),
  );
}

const parsed = (text: Json | undefined): Json => (typeof text === 'string' ? parseJson(text) : null);
