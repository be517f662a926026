import type { ExecutionStatus, HistoryEventType } from '@aws-sdk/client-sfn';
import type { Machine, Scope } from './definition/states.ts';
import { Aborted, errorDetails, HistoryFull, StateFailure } from './failure.ts';
import { Frame } from './frame.ts';
import { History, inputOf, outputOf, type EventDetails } from './history.ts';
import type { Json } from './json.ts';
import type { ChildExecution } from './map-run.ts';
import type { ExecutionContext, Run, ExecutionServices } from './run.ts';
import { Variables } from './variables.ts';
import { resumeFrom, walk } from './walk.ts';

/** The machine as it was when the execution started: an update changes nothing for it. */
export interface MachineSnapshot {
  readonly arn: string;
  readonly name: string;
  readonly roleArn: string;
  readonly definition: string;
  readonly scope: Scope & Pick<Machine, 'TimeoutSeconds'>;
  readonly updateDate: Date;
  readonly revisionId: string | undefined;
}

export interface ExecutionStart {
  readonly arn: string;
  readonly name: string;
  readonly machine: MachineSnapshot;
  readonly input: Json;
  /** The input's text, by which StartExecution knows the same call again. */
  readonly inputText: string;
  readonly mapRunArn?: string;
}

type Ended = Exclude<ExecutionStatus, 'RUNNING' | 'PENDING_REDRIVE'>;

const END_EVENTS: { readonly [status in Ended]: HistoryEventType } = {
  SUCCEEDED: 'ExecutionSucceeded',
  FAILED: 'ExecutionFailed',
  TIMED_OUT: 'ExecutionTimedOut',
  ABORTED: 'ExecutionAborted',
};

/** One execution of a machine, from StartExecution to its end, redrives included. */
export class Execution implements ChildExecution {
  readonly beginning: ExecutionStart;
  readonly history: History;
  readonly startDate: Date;
  status: ExecutionStatus = 'RUNNING';
  stopDate: Date | undefined;
  output: Json | undefined;
  failure: StateFailure | undefined;
  redriveCount = 0;
  redriveDate: Date | undefined;
  readonly #surroundings: ExecutionServices;
  readonly #root: Frame;
  #control = new AbortController();
  #settled: Promise<void>;

  constructor(surroundings: ExecutionServices, beginning: ExecutionStart, history: History) {
    this.#surroundings = surroundings;
    this.beginning = beginning;
    this.history = history;
    this.startDate = new Date(surroundings.clock.now());
    this.#root = new Frame(beginning.machine.scope, beginning.input, new Variables(), 0);
    const { roleArn } = beginning.machine;
    history.record('ExecutionStarted', 0, {
      executionStartedEventDetails: { ...inputOf(beginning.input), roleArn },
    });
    this.#settled = this.#begin();
  }

  get arn(): string {
    return this.beginning.arn;
  }

  settled(): Promise<void> {
    return this.#settled;
  }

  stop(error?: string, cause?: string): void {
    if (this.status !== 'RUNNING') return;
    const failure = new StateFailure(error ?? null, cause ?? null);
    this.#end('ABORTED', failure, 0);
    this.#control.abort(new Aborted('The execution was stopped'));
  }

  awaitRedrive(): void {
    this.status = 'PENDING_REDRIVE';
  }

  /** The caller has made sure that it can be. */
  redrive(): void {
    this.redriveCount += 1;
    this.redriveDate = new Date(this.#surroundings.clock.now());
    const { redriveCount } = this;
    const announced = this.history.record('ExecutionRedriven', this.history.events.length, {
      executionRedrivenEventDetails: { redriveCount },
    });
    resumeFrom(this.#root, announced);
    this.status = 'RUNNING';
    this.stopDate = undefined;
    this.failure = undefined;
    this.#control = new AbortController();
    this.#settled = this.#begin();
  }

  async #begin(): Promise<void> {
    const over = new AbortController();
    const { signal } = this.#control;
    const giveUp = AbortSignal.any([signal, over.signal, this.#surroundings.closing]);
    this.#limitTime(giveUp).catch(() => undefined);
    // The first states run after the caller has the ARN, as they do with the service.
    await Promise.resolve();
    try {
      const output = await walk(
        this.#run(),
        this.#root,
        AbortSignal.any([signal, this.#surroundings.closing]),
      );
      this.output = output;
      this.#record('SUCCEEDED', this.#root.lastEventId, { executionSucceededEventDetails: outputOf(output) });
    } catch (reason) {
      this.#fail(reason);
    } finally {
      over.abort(new Aborted('The execution is over'));
    }
  }

  async #limitTime(signal: AbortSignal): Promise<void> {
    const seconds = this.beginning.machine.scope.TimeoutSeconds;
    if (seconds === undefined) return;
    await this.#surroundings.clock.sleep(seconds * 1000, signal);
    this.#end('TIMED_OUT', new StateFailure(null, null), 0);
    this.#control.abort(new Aborted('The execution timed out'));
  }

  #fail(reason: unknown): void {
    if (this.status !== 'RUNNING') return;
    if (this.#surroundings.closing.aborted) return this.#end('ABORTED', new StateFailure(null, null), 0);
    if (reason instanceof StateFailure) return this.#end('FAILED', reason, this.#root.lastEventId);
    const what = reason instanceof HistoryFull ? reason.message : describeDefect(reason);
    this.#control.abort(new Aborted(what));
    this.#end('FAILED', new StateFailure('States.Runtime', what), this.#root.lastEventId);
  }

  #end(status: Exclude<Ended, 'SUCCEEDED'>, failure: StateFailure, previousEventId: number): void {
    this.failure = failure;
    const details = errorDetails(failure);
    this.#record(status, previousEventId, {
      ...(status === 'FAILED' ? { executionFailedEventDetails: details } : {}),
      ...(status === 'ABORTED' ? { executionAbortedEventDetails: details } : {}),
      ...(status === 'TIMED_OUT' ? { executionTimedOutEventDetails: details } : {}),
    });
  }

  #record(status: Ended, previousEventId: number, details: EventDetails): void {
    this.status = status;
    this.stopDate = new Date(this.#surroundings.clock.now());
    this.history.record(END_EVENTS[status], previousEventId, details);
  }

  #run(): Run {
    const { machine } = this.beginning;
    return {
      surroundings: this.#surroundings,
      history: this.history,
      execution: this.#context(),
      machine: { arn: machine.arn, name: machine.name },
      walk,
    };
  }

  #context(): ExecutionContext {
    const { arn, name, input, machine } = this.beginning;
    const { startDate, redriveCount, redriveDate } = this;
    return { arn, name, input, roleArn: machine.roleArn, startDate, redriveCount, redriveDate };
  }
}

/** A defect of the interpreter must not look like a failure of the machine. */
const describeDefect = (reason: unknown) =>
  `Defect of the local Step Functions: ${reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)}`;
