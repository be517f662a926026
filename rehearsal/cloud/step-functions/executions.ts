import { executionArn, type Home } from './arns.ts';
import type { Clock } from '../clock.ts';
import { describeExecution } from './describe-execution.ts';
import { uuid } from './expression-functions.ts';
import { Execution, type ExecutionStart } from './execution.ts';
import { History, type HistoryEventRecord } from './history.ts';
import type { ChildExecution, MapRun } from './map-run.ts';
import type { ExecutionStarter, ExecutionServices } from './run.ts';
import { ServiceError } from './service-error.ts';

/** All executions there ever were, and all map runs. */
export class Executions implements ExecutionStarter {
  readonly #byArn = new Map<string, Execution>();
  readonly #mapRuns = new Map<string, MapRun>();
  readonly #heard: (record: HistoryEventRecord) => void;
  readonly #clock: Clock;
  readonly #home: Home;
  #surroundings: ExecutionServices | undefined;

  constructor(home: Home, clock: Clock, heard: (record: HistoryEventRecord) => void) {
    this.#home = home;
    this.#clock = clock;
    this.#heard = heard;
  }

  /** Executions need surroundings, which contain the executions. */
  settle(surroundings: ExecutionServices): void {
    this.#surroundings = surroundings;
  }

  all(): readonly Execution[] {
    return [...this.#byArn.values()];
  }

  known(arn: string): Execution | undefined {
    return this.#byArn.get(arn);
  }

  /** @throws ServiceError ExecutionDoesNotExist */
  get(arn: string): Execution {
    const execution = this.#byArn.get(arn);
    if (execution === undefined)
      throw new ServiceError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
    return execution;
  }

  describe(arn: string): Readonly<Record<string, unknown>> {
    return describeExecution(this.get(arn));
  }

  start(beginning: ExecutionStart): Execution {
    if (this.#surroundings === undefined) throw new Error('Executions start after the service has');
    const { arn, machine } = beginning;
    const history = new History(this.#clock, (event) =>
      this.#heard({ executionArn: arn, stateMachine: machine.name, event }),
    );
    const execution = new Execution(this.#surroundings, beginning, history);
    this.#byArn.set(arn, execution);
    return execution;
  }

  registerMapRun(mapRun: MapRun): void {
    this.#mapRuns.set(mapRun.origin.arn, mapRun);
  }

  /** @throws ServiceError ResourceNotFound */
  mapRun(arn: string): MapRun {
    const mapRun = this.#mapRuns.get(arn);
    if (mapRun === undefined) throw new ServiceError('ResourceNotFound', `Resource not found: '${arn}'`);
    return mapRun;
  }

  mapRuns(): readonly MapRun[] {
    return [...this.#mapRuns.values()];
  }

  startChild(mapRun: MapRun, index: number): ChildExecution {
    const { machine, scope, executionArn: parentArn, arn: mapRunArn } = mapRun.origin;
    const parent = this.get(parentArn).beginning.machine;
    const name = uuid(this.#surroundings?.random ?? Math.random);
    const input = mapRun.work[index]?.input ?? null;
    return this.start({
      arn: executionArn(this.#home, machine, name),
      name,
      machine: { ...parent, arn: `${parent.arn}/${machine.split('/').at(-1) ?? ''}`, name: machine, scope },
      input,
      inputText: JSON.stringify(input),
      mapRunArn,
    });
  }
}
