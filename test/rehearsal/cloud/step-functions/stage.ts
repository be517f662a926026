import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
  type DescribeExecutionCommandOutput,
  type HistoryEvent,
} from '@aws-sdk/client-sfn';
import { onTestFinished } from 'vitest';
import {
  FunctionError,
  startStepFunctions,
  type Clock,
  type Endpoints,
  type HistoryEventRecord,
  type StepFunctions,
} from '../../../../rehearsal/cloud/step-functions/step-functions.ts';
import type { Faults } from '../../../../rehearsal/cloud/faults.ts';

export const ROLE = 'arn:aws:iam::123456789012:role/rehearsal';
const INVOKE = 'arn:aws:states:::lambda:invoke';

/** What a function does: the payload in, the answer out. */
export type Behaviour = (payload: unknown, call: number) => unknown;

export interface Setting {
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly endpoints?: Endpoints;
  readonly faults?: Faults;
  /** By function name. */
  readonly functions?: Readonly<Record<string, Behaviour>>;
}

export interface Ended extends Omit<DescribeExecutionCommandOutput, 'output' | 'input'> {
  /** Parsed. */
  readonly output: unknown;
  readonly history: readonly HistoryEvent[];
}

/** Raises the error of a function, with the payload that Lambda would answer. */
export function functionFails(errorType: string, errorMessage = 'it failed'): never {
  throw new FunctionError(errorType, JSON.stringify({ errorType, errorMessage, trace: [] }));
}

/** A Step Functions for one test, closed with it, and the ways to use it. */
export async function stage(setting: Setting = {}): Promise<Stage> {
  const { functions = {}, clock, random, faults } = setting;
  const calls: string[] = [];
  const service = await startStepFunctions({
    endpoints: setting.endpoints ?? {},
    ...(faults === undefined ? {} : { faults }),
    ...(clock === undefined ? {} : { clock }),
    ...(random === undefined ? {} : { random }),
    async invokeFunction(arn, payload) {
      const name = arn.split(':')[6] ?? '';
      const behaviour = functions[name];
      if (behaviour === undefined)
        throw new FunctionError('Lambda.ResourceNotFoundException', `No function ${arn}`);
      calls.push(arn);
      return { payload: await behaviour(payload, calls.length) };
    },
  });
  const made = new Stage(service, calls);
  onTestFinished(() => made.close());
  return made;
}

export class Stage {
  readonly service: StepFunctions;
  readonly client: SFNClient;
  /** ARNs of the functions that were invoked. */
  readonly calls: readonly string[];
  readonly #records: HistoryEventRecord[] = [];
  readonly #watchers = new Set<() => void>();
  #machines = 0;

  constructor(service: StepFunctions, calls: readonly string[]) {
    this.service = service;
    this.calls = calls;
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    this.client = new SFNClient({
      endpoint: service.endpoint,
      region: 'us-east-1',
      credentials,
      maxAttempts: 1,
    });
    service.onEvent((record) => {
      this.#records.push(record);
      for (const watch of this.#watchers) watch();
    });
  }

  async close(): Promise<void> {
    this.client.destroy();
    await this.service.close();
  }

  /** Gives the ARN. QueryLanguage is added. */
  async create(definition: object, name = `machine${++this.#machines}`): Promise<string> {
    const text = JSON.stringify({ QueryLanguage: 'JSONata', ...definition });
    const { stateMachineArn = '' } = await this.client.send(
      new CreateStateMachineCommand({ name, definition: text, roleArn: ROLE }),
    );
    return stateMachineArn;
  }

  /** Gives the ARN of the execution. */
  async start(stateMachineArn: string, input: unknown = {}, name?: string): Promise<string> {
    const { executionArn = '' } = await this.client.send(
      new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }),
    );
    return executionArn;
  }

  /** Creates, starts, and waits for the end. */
  async run(definition: object, input: unknown = {}): Promise<Ended> {
    return await this.end(await this.start(await this.create(definition), input));
  }

  /** The machine of these states, the first one first. */
  async runStates(states: Readonly<Record<string, object>>, input: unknown = {}): Promise<Ended> {
    return await this.run({ StartAt: Object.keys(states)[0], States: states }, input);
  }

  /** Waits for the execution's end; for one after a redrive, `after` says how many to pass over. */
  async end(executionArn: string, after = 0): Promise<Ended> {
    const ends = /^Execution(Succeeded|Failed|Aborted|TimedOut)$/;
    await this.event(executionArn, ({ type }) => ends.test(type ?? ''), after);
    const { output, ...described } = await this.client.send(new DescribeExecutionCommand({ executionArn }));
    const parsed: unknown = output === undefined ? undefined : JSON.parse(output);
    return { ...described, output: parsed, history: await this.history(executionArn) };
  }

  /** The newest matching event is awaited, not an older one: `after` says how many to pass over. */
  event(executionArn: string, matches: (event: HistoryEvent) => boolean, after = 0): Promise<HistoryEvent> {
    return new Promise((resolve) => {
      const watch = () => {
        const found = this.#records.filter(
          (record) => record.executionArn === executionArn && matches(record.event),
        );
        const event = found[after]?.event;
        if (event === undefined) return;
        this.#watchers.delete(watch);
        resolve(event);
      };
      this.#watchers.add(watch);
      watch();
    });
  }

  records(): readonly HistoryEventRecord[] {
    return this.#records;
  }

  async stop(executionArn: string): Promise<void> {
    await this.client.send(new StopExecutionCommand({ executionArn }));
  }

  async history(executionArn: string): Promise<readonly HistoryEvent[]> {
    const { events = [] } = await this.client.send(
      new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }),
    );
    return events;
  }
}

/** A history in short: `id<previous Type`. */
export const outline = (history: readonly HistoryEvent[]): readonly string[] =>
  history.map(({ id, previousEventId, type }) => `${id}<${previousEventId} ${type}`);

export const types = (history: readonly HistoryEvent[]): readonly string[] =>
  history.map(({ type }) => String(type));

/** A Task that invokes the function with its input. */
export const invokes = (name: string, more: object = {}): object => ({
  Type: 'Task',
  Resource: INVOKE,
  Arguments: { FunctionName: name, Payload: '{% $states.input %}' },
  End: true,
  ...more,
});
