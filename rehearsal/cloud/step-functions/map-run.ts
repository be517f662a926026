import type { ExecutionStatus } from '@aws-sdk/client-sfn';
import type { Scope } from './definition/states.ts';
import type { StateFailure } from './failure.ts';
import type { Json } from './json.ts';

/** A child of a distributed Map, as its Map sees it: an execution of its own. */
export interface ChildExecution {
  readonly arn: string;
  readonly status: ExecutionStatus;
  /** Set once it succeeded. */
  readonly output: Json | undefined;
  /** Set once it failed, timed out or was stopped. */
  readonly failure: StateFailure | undefined;
  /** Resolves when it has ended, however. */
  settled(): Promise<void>;
  stop(error?: string, cause?: string): void;
  /** It is over, but a redrive of its map run will come to it. */
  awaitRedrive(): void;
  redrive(): void;
}

export interface MapRunSettings {
  readonly maxConcurrency: number;
  readonly toleratedFailureCount: number | undefined;
  readonly toleratedFailurePercentage: number | undefined;
}

/** One unit of work: an item, or a batch of them. */
export interface WorkUnit {
  readonly input: Json;
  readonly items: number;
}

export interface MapRunOrigin {
  readonly arn: string;
  /** `machine/label`. */
  readonly machine: string;
  /** The execution whose Map this is. */
  readonly executionArn: string;
  readonly scope: Scope;
}

/** A run of a distributed Map: its children, its limits, and how it stands. */
export class MapRun {
  readonly origin: MapRunOrigin;
  readonly settings: MapRunSettings;
  readonly work: readonly WorkUnit[];
  readonly children: (ChildExecution | undefined)[];
  readonly startDate: Date;
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED' = 'RUNNING';
  stopDate: Date | undefined;
  redriveCount = 0;
  redriveDate: Date | undefined;

  constructor(origin: MapRunOrigin, settings: MapRunSettings, work: readonly WorkUnit[], startDate: Date) {
    this.origin = origin;
    this.settings = settings;
    this.work = work;
    this.children = work.map(() => undefined);
    this.startDate = startDate;
  }

  end(status: 'SUCCEEDED' | 'FAILED' | 'ABORTED', at: number): void {
    this.status = status;
    this.stopDate = new Date(at);
  }

  /** Whether more has failed than the Map tolerates. Either limit alone is enough; without any, nothing is tolerated. */
  exceedsTolerance(): boolean {
    const { toleratedFailureCount: count, toleratedFailurePercentage: percentage } = this.settings;
    const { failed, timedOut, aborted, total } = this.itemCounts();
    const lost = failed + timedOut + aborted;
    if (count === undefined && percentage === undefined) return lost > 0;
    return lost > (count ?? Infinity) || (lost * 100) / total > (percentage ?? Infinity);
  }

  /** Items by the status of the child that has them. */
  itemCounts() {
    return this.#counts((work) => work.items);
  }

  executionCounts() {
    return this.#counts(() => 1);
  }

  #counts(weigh: (work: WorkUnit) => number) {
    const weightOf = (...statuses: (ExecutionStatus | 'NOT_STARTED')[]) =>
      this.work.reduce((sum, work, index) => {
        const status = this.children[index]?.status ?? 'NOT_STARTED';
        return statuses.includes(status) ? sum + weigh(work) : sum;
      }, 0);
    const over = this.status !== 'RUNNING';
    const waiting = weightOf('NOT_STARTED', 'PENDING_REDRIVE');
    return {
      pending: over ? 0 : waiting,
      running: weightOf('RUNNING'),
      succeeded: weightOf('SUCCEEDED'),
      failed: weightOf('FAILED'),
      timedOut: weightOf('TIMED_OUT'),
      aborted: weightOf('ABORTED') + (over ? waiting : 0),
      total: this.work.reduce((sum, work) => sum + weigh(work), 0),
      resultsWritten: 0,
    };
  }
}
