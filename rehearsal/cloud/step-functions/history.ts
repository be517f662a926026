import type { HistoryEvent as SdkHistoryEvent, HistoryEventType } from '@aws-sdk/client-sfn';
import type { Clock } from '../clock.ts';
import { HistoryFull } from './failure.ts';
import type { Json } from './json.ts';
import { HISTORY_EVENTS } from './limits.ts';

/** An event as GetExecutionHistory answers it: the SDK's own shape. */
export type HistoryEvent = SdkHistoryEvent & { readonly id: number; readonly previousEventId: number };

/** The details of an event, under the key that belongs to its type. */
export type EventDetails = Omit<SdkHistoryEvent, 'id' | 'previousEventId' | 'timestamp' | 'type'>;

/** An event as a listener hears it. */
export interface HistoryEventRecord {
  readonly executionArn: string;
  /** The machine's name; `machine/label` for a child of a distributed map. */
  readonly stateMachine: string;
  readonly event: HistoryEvent;
}

const LAST_WORDS: ReadonlySet<HistoryEventType> = new Set([
  'ExecutionSucceeded',
  'ExecutionFailed',
  'ExecutionAborted',
  'ExecutionTimedOut',
]);

/** What happened in one execution, in order. Ids count from 1. */
export class History {
  readonly events: HistoryEvent[] = [];
  readonly #clock: Clock;
  readonly #heard: (event: HistoryEvent) => void;

  constructor(clock: Clock, heard: (event: HistoryEvent) => void) {
    this.#clock = clock;
    this.#heard = heard;
  }

  /**
   * @returns the event's id
   * @throws HistoryFull when only the last event, the execution's end, still fits
   */
  record(type: HistoryEventType, previousEventId: number, details: EventDetails = {}): number {
    const id = this.events.length + 1;
    if (id >= HISTORY_EVENTS && !LAST_WORDS.has(type)) {
      throw new HistoryFull(
        `The execution reached the maximum number of history events (${HISTORY_EVENTS}).`,
      );
    }
    const event = { id, previousEventId, timestamp: new Date(this.#clock.now()), type, ...details };
    this.events.push(event);
    this.#heard(event);
    return id;
  }
}

/** Values travel in events as JSON text; the service cuts none of ours. */
export const inputOf = (value: Json) => ({
  input: JSON.stringify(value),
  inputDetails: { truncated: false },
});
export const outputOf = (value: Json) => ({
  output: JSON.stringify(value),
  outputDetails: { truncated: false },
});
