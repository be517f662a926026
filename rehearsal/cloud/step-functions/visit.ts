import type { HistoryEventType } from '@aws-sdk/client-sfn';
import type { State } from './definition/states.ts';
import { evaluate, type StatesVariable } from './expressions.ts';
import { QueryEvaluationFailure, StateFailure } from './failure.ts';
import type { Frame, Position } from './frame.ts';
import type { EventDetails } from './history.ts';
import type { Json, JsonObject } from './json.ts';
import type { Run } from './run.ts';

/** What a field sees beyond the state's input: the result, the error, the Map item, the task token. */
export interface FieldScope {
  readonly result?: Json;
  readonly errorOutput?: Json;
  readonly item?: { readonly index: number; readonly value: Json };
  readonly taskToken?: string | undefined;
}

/** One visit of a state, from its entry to its exit, all attempts included. */
export class Visit<S extends State = State> {
  readonly run: Run;
  readonly frame: Frame;
  readonly position: Position;
  readonly state: S;
  readonly signal: AbortSignal;
  retryCount = 0;
  readonly #variablesAtEntry: JsonObject;

  constructor(run: Run, frame: Frame, position: Position, state: S, signal: AbortSignal) {
    this.run = run;
    this.frame = frame;
    this.position = position;
    this.state = state;
    this.signal = signal;
    this.#variablesAtEntry = frame.variables.snapshot();
  }

  get name(): string {
    return this.position.state;
  }

  get input(): Json {
    return this.position.input;
  }

  /** How the service begins the cause of what goes wrong in a state. */
  get preamble(): string {
    const { state, enteredEventId } = this.position;
    return `An error occurred while executing the state '${state}' (entered at the event id #${enteredEventId}). `;
  }

  /** Records an event as the newest of this walk. Nothing is recorded once the walk was given up. */
  record(type: HistoryEventType, details?: EventDetails): number {
    this.frame.lastEventId = this.recordAside(type, this.frame.lastEventId, details);
    return this.frame.lastEventId;
  }

  /** Records an event that no later one names as its predecessor. */
  recordAside(type: HistoryEventType, previousEventId: number, details?: EventDetails): number {
    this.signal.throwIfAborted();
    return this.run.history.record(type, previousEventId, details);
  }

  /** @throws QueryEvaluationFailure after recording EvaluationFailed */
  async evaluate(template: Json, field: string, scope: FieldScope = {}): Promise<Json> {
    const states = this.#statesVariable(scope);
    const { clock, random } = this.run.surroundings;
    const bindings = { ...this.#variablesAtEntry, states };
    return await this.checked(() =>
      evaluate(template, field, { bindings, chance: { clock, random }, preamble: this.preamble }),
    );
  }

  /**
   * Runs what may raise a QueryEvaluationFailure and puts the failure on record. Before the state has done anything, the
   * service ties it to what came before the state; `entered`: to its entry.
   */
  async checked<T>(work: () => T | Promise<T>, tiedTo?: 'entered'): Promise<T> {
    try {
      return await work();
    } catch (failure) {
      if (failure instanceof QueryEvaluationFailure) this.#recordEvaluationFailed(failure, tiedTo);
      throw failure;
    }
  }

  /** @throws StateFailure of that name, with the service's preamble */
  fail(error: string, what: string): never {
    throw new StateFailure(error, this.preamble + what);
  }

  #recordEvaluationFailed(
    { error, cause, location }: QueryEvaluationFailure,
    tiedTo: 'entered' | undefined,
  ): void {
    const { enteredEventId, eventBeforeEntry, state } = this.position;
    const untouched = tiedTo === undefined && this.frame.lastEventId === enteredEventId;
    this.frame.lastEventId = this.recordAside(
      'EvaluationFailed',
      untouched ? eventBeforeEntry : this.frame.lastEventId,
      {
        evaluationFailedEventDetails: {
          error: error ?? '',
          cause: cause ?? '',
          ...(location === undefined ? {} : { location }),
          state,
        },
      },
    );
  }

  #statesVariable({ result, errorOutput, item, taskToken }: FieldScope): StatesVariable {
    return {
      input: this.input,
      context: this.#context(item, taskToken),
      ...(result === undefined ? {} : { result }),
      ...(errorOutput === undefined ? {} : { errorOutput }),
    };
  }

  #context(item: FieldScope['item'], taskToken: string | undefined): JsonObject {
    const { execution, machine } = this.run;
    const { redriveDate } = execution;
    return {
      Execution: {
        Id: execution.arn,
        Input: execution.input,
        Name: execution.name,
        RoleArn: execution.roleArn,
        StartTime: execution.startDate.toISOString(),
        RedriveCount: execution.redriveCount,
        ...(redriveDate === undefined ? {} : { RedriveTime: redriveDate.toISOString() }),
      },
      State: {
        EnteredTime: new Date(this.position.enteredAt).toISOString(),
        Name: this.name,
        ...(this.state.Type === 'Pass' ? {} : { RetryCount: this.retryCount }),
      },
      StateMachine: { Id: machine.arn, Name: machine.name },
      ...(taskToken === undefined ? {} : { Task: { Token: taskToken } }),
      ...(item === undefined ? {} : { Map: { Item: { Index: item.index, Value: item.value } } }),
    };
  }
}
