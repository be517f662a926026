import type { Home } from './arns.ts';
import type { Clock } from '../clock.ts';
import type { Frame } from './frame.ts';
import type { InvokeFunction } from './function-port.ts';
import type { History } from './history.ts';
import type { SdkCaller } from './integrations/sdk-caller.ts';
import type { Json } from './json.ts';
import type { ChildExecution, MapRun } from './map-run.ts';
import type { TaskTokens } from './task-tokens.ts';

/** What all executions share. */
export interface ExecutionServices {
  readonly home: Home;
  readonly clock: Clock;
  /** For the deadlines of work. */
  readonly workClock: Clock;
  readonly random: () => number;
  readonly tokens: TaskTokens;
  readonly invokeFunction: InvokeFunction;
  readonly sdk: SdkCaller;
  readonly executions: ExecutionStarter;
  /** Aborted when the service closes. */
  readonly closing: AbortSignal;
}

/** What states may ask of the other executions. */
export interface ExecutionStarter {
  /** @throws ServiceError ExecutionDoesNotExist */
  get(arn: string): ChildExecution;
  /** As DescribeExecution answers, with dates. */
  describe(arn: string): Readonly<Record<string, unknown>>;
  /** Makes the run of a distributed Map known, and its ARN. */
  registerMapRun(mapRun: MapRun): void;
  startChild(mapRun: MapRun, index: number): ChildExecution;
}

/** One execution, as its states see it. */
export interface Run {
  readonly surroundings: ExecutionServices;
  readonly history: History;
  readonly execution: ExecutionContext;
  readonly machine: { readonly arn: string; readonly name: string };
  /** Walks a scope to its end; how states with states inside reach them. */
  readonly walk: (run: Run, frame: Frame, signal: AbortSignal) => Promise<Json>;
}

/** `$states.context.Execution`, less its presentation. */
export interface ExecutionContext {
  readonly arn: string;
  readonly name: string;
  readonly input: Json;
  readonly roleArn: string;
  readonly startDate: Date;
  readonly redriveCount: number;
  readonly redriveDate: Date | undefined;
}
