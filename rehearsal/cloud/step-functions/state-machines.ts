import { stateMachineArn, type Home } from './arns.ts';
import type { Clock } from '../clock.ts';
import { parseDefinition } from './definition/parse.ts';
import type { MachineSnapshot } from './execution.ts';
import { uuid } from './expression-functions.ts';
import { ServiceError } from './service-error.ts';

/** A machine as it stands. Updates replace it, so what an execution holds never changes. */
export interface StateMachine extends MachineSnapshot {
  readonly creationDate: Date;
  readonly status: 'ACTIVE' | 'DELETING';
}

export interface NewMachine {
  readonly name: string;
  readonly definition: string;
  readonly roleArn: string;
}

/** The machines of this account, by ARN. */
export class StateMachines {
  readonly #byArn = new Map<string, StateMachine>();
  readonly #home: Home;
  readonly #clock: Clock;
  readonly #random: () => number;

  constructor(home: Home, clock: Clock, random: () => number) {
    this.#home = home;
    this.#clock = clock;
    this.#random = random;
  }

  all(): readonly StateMachine[] {
    return [...this.#byArn.values()];
  }

  /** @throws ServiceError StateMachineDoesNotExist, InvalidArn */
  get(arn: string): StateMachine {
    if (!arn.startsWith('arn:'))
      throw new ServiceError('InvalidArn', `Invalid Arn: 'Invalid ARN prefix: ${arn}'`);
    const machine = this.#byArn.get(arn);
    if (machine === undefined) {
      throw new ServiceError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
    }
    return machine;
  }

  /** The same machine again is no error. @throws ServiceError InvalidDefinition, StateMachineAlreadyExists */
  async create({ name, definition, roleArn }: NewMachine): Promise<StateMachine> {
    const arn = stateMachineArn(this.#home, name);
    const scope = await parseDefinition(definition);
    const known = this.#byArn.get(arn);
    if (known !== undefined) {
      if (known.definition === definition && known.roleArn === roleArn) return known;
      throw new ServiceError('StateMachineAlreadyExists', `State Machine Already Exists: '${arn}'`);
    }
    const now = new Date(this.#clock.now());
    const machine: StateMachine = {
      arn,
      name,
      roleArn,
      definition,
      scope,
      creationDate: now,
      updateDate: now,
      revisionId: undefined,
      status: 'ACTIVE',
    };
    this.#byArn.set(arn, machine);
    return machine;
  }

  /** @throws ServiceError InvalidDefinition, StateMachineDoesNotExist */
  async update(arn: string, change: Partial<Omit<NewMachine, 'name'>>): Promise<StateMachine> {
    const machine = this.get(arn);
    const definition = change.definition ?? machine.definition;
    const updated: StateMachine = {
      ...machine,
      definition,
      roleArn: change.roleArn ?? machine.roleArn,
      scope: await parseDefinition(definition),
      updateDate: new Date(this.#clock.now()),
      revisionId: uuid(this.#random),
    };
    this.#byArn.set(arn, updated);
    return updated;
  }

  /** Marked for deletion; `remove` follows when its last execution has ended. */
  markDeleting(arn: string): void {
    const machine = this.#byArn.get(arn);
    if (machine !== undefined) this.#byArn.set(arn, { ...machine, status: 'DELETING' });
  }

  remove(arn: string): void {
    this.#byArn.delete(arn);
  }
}
