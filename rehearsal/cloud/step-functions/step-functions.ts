import type { Account } from './actions/action.ts';
import { realClock, type Clock } from '../clock.ts';
import type { Faults } from '../faults.ts';
import { Executions } from './executions.ts';
import { Aborted } from './failure.ts';
import type { InvokeFunction } from './function-port.ts';
import type { HistoryEventRecord } from './history.ts';
import { SdkCaller, type Endpoints } from './integrations/sdk-caller.ts';
import { serveStepFunctions } from './service.ts';
import { StateMachines } from './state-machines.ts';
import { TaskTokens } from './task-tokens.ts';

export type { Clock } from '../clock.ts';
export { FunctionError, type InvokeFunction } from './function-port.ts';
export type { HistoryEvent, HistoryEventRecord } from './history.ts';
export type { Endpoints } from './integrations/sdk-caller.ts';

export interface StepFunctionsOptions {
  /** Where tasks find the other services. `sfn` is this service itself unless it is given. */
  readonly endpoints: Endpoints;
  readonly invokeFunction: InvokeFunction;
  readonly clock?: Clock;
  /** For the deadlines of work: of functions and services, not of task tokens. Default `clock`. */
  readonly workClock?: Clock;
  /** From 0 up to 1: for jitter, `$random()` and ids. */
  readonly random?: () => number;
  readonly faults?: Faults;
  readonly region?: string;
  readonly accountId?: string;
}

export interface StepFunctions {
  /** For SFNClient. */
  readonly endpoint: string;
  /** Ends every execution and connection. */
  close(): Promise<void>;
  /** Hears every event of every history as it is recorded. Gives the way to stop listening. */
  onEvent(listener: (record: HistoryEventRecord) => void): () => void;
}

/** Starts a local Step Functions for Standard workflows in JSONata. */
export async function startStepFunctions(options: StepFunctionsOptions): Promise<StepFunctions> {
  const { endpoints, invokeFunction, clock = realClock, workClock = clock, random = Math.random } = options;
  const home = { region: options.region ?? 'us-east-1', accountId: options.accountId ?? '123456789012' };
  const listeners = new Set<(record: HistoryEventRecord) => void>();
  const closing = new AbortController();
  const executions = new Executions(home, clock, (record) =>
    listeners.forEach((listener) => listener(record)),
  );
  const machines = new StateMachines(home, clock, random);
  const tokens = new TaskTokens(clock);
  const account: Account = { home, clock, random, machines, executions, tokens };

  const server = await serveStepFunctions(() => account, options.faults);
  const sdk = new SdkCaller({ sfn: server.endpoint, ...endpoints }, home.region, closing.signal);
  executions.settle({
    home,
    clock,
    workClock,
    random,
    tokens,
    invokeFunction,
    sdk,
    executions,
    closing: closing.signal,
  });

  return {
    endpoint: server.endpoint,
    async close() {
      closing.abort(new Aborted('Step Functions closes'));
      await Promise.all(executions.all().map((execution) => execution.settled()));
      await server.close();
    },
    onEvent(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
