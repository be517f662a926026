import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import * as z from 'zod';
import {
  description,
  type DeploymentResources,
  type Description,
  type TargetDescription,
} from '../../engine/ledger/description.ts';
import type { MigrationSummary } from '../../engine/ledger/summary.ts';
import type { GivenOrder } from '../../engine/ledger/standing-order.ts';
import { alarmsOn, type AlarmOn } from './alarms.ts';
import { clientsOf, type Clients } from './clients.ts';
import type { Breach } from '../../engine/notices/breached.ts';
import { Breaches } from '../../lambdas/runtime/breaches.ts';
import { readCourse, type Course } from './course.ts';
import { decide, type Decision } from './decide.ts';
import { newestStart, readExecution, startName, type ExecutionState } from './executions.ts';
import type { Hold } from '../../lambdas/runtime/hold-item.ts';
import { OpenHolds } from '../../lambdas/runtime/open-holds.ts';
import { invoke } from './invoke.ts';
import { UsageError } from '../usage-error.ts';
import type { Address } from './address.ts';

const steered = z.object({ order: z.string(), was: z.string().nullable() });

const hasNobody = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET');

/** A deployment of Underpin as people work with it. Everything is found by asking its describe-migration. */
export class Deployment {
  readonly clients: Clients;

  constructor(readonly address: Address) {
    this.clients = clientsOf(address);
  }

  /** All targets, or the one that the command names. */
  describeAll(migration?: string): Promise<Description> {
    const { target } = this.address;
    return this.invoke('describe-migration', { target, migration }, description);
  }

  /** One target. Raises UsageError where none is named and there are several. */
  async describe(migration?: string): Promise<TargetDescription> {
    const { targets, migration: details } = await this.describeAll(migration);
    const [only, another] = targets;
    if (only !== undefined && another === undefined) return { ...only, migration: details };
    const names = targets.map(({ surroundings }) => surroundings.target);
    throw new UsageError(
      `This deployment has several targets: ${names.join(', ')}. Say which: --target ${names[0] ?? ''}`,
    );
  }

  /** What a migration waits at or has waited at last, by the table of holds alone. */
  lastHold(of: DeploymentResources, migration: string): Promise<Hold | undefined> {
    return this.holdsOf(of).latest(migration);
  }

  /** What a migration waits at now; undefined where it works, or is over. */
  openHold(
    of: DeploymentResources,
    migration: Pick<MigrationSummary, 'name' | 'status' | 'epoch'>,
  ): Promise<Hold | undefined> {
    return this.holdsOf(of).open(migration);
  }

  private holdsOf({ holdsTable, target }: DeploymentResources): OpenHolds {
    return new OpenHolds(this.clients.dynamoDb, holdsTable, target);
  }

  /** Of the alarms that guard some targets, and of others by their names, those that are on. */
  alarmsOn(of: readonly DeploymentResources[], others: readonly string[] = []): Promise<readonly AlarmOn[]> {
    const guardrails = of.map(({ guardrailAlarm }) => guardrailAlarm);
    return alarmsOn(this.clients.cloudWatch, { guardrails, others });
  }

  execution(arn: string): Promise<ExecutionState | undefined> {
    return readExecution(this.clients.sfn, arn);
  }

  course(arn: string): Promise<Course> {
    return readCourse(this.clients.sfn, arn);
  }

  /** The guardrails that were over their limits when an alarm went on last, after `since`: the target's, and others by name. */
  lastBreaches(
    { guardrailAlarm, target }: DeploymentResources,
    others: readonly string[],
    since: string,
  ): Promise<readonly Breach[]> {
    return new Breaches(this.clients.cloudWatch).last({ alarms: [guardrailAlarm, ...others], target, since });
  }

  newestStart(
    { migrationMachine, target }: DeploymentResources,
    migration: string,
  ): Promise<ExecutionState | undefined> {
    return newestStart(this.clients.sfn, migrationMachine, { migration, target });
  }

  /** Gives the ARN of the execution. */
  async start({ startMachine, target }: DeploymentResources, migration: string): Promise<string> {
    const { executionArn = '' } = await this.clients.sfn.send(
      new StartExecutionCommand({
        stateMachineArn: startMachine,
        name: startName({ migration, target }, new Date()),
        input: JSON.stringify({ migration, target }),
      }),
    );
    return executionArn;
  }

  decide(
    { decideMachine, target }: DeploymentResources,
    decision: Omit<Decision, 'target'>,
  ): Promise<string> {
    return decide(this.clients.sfn, decideMachine, { ...decision, target });
  }

  /** Gives the order that stood before; null where none did. */
  async steer(given: GivenOrder): Promise<string | null> {
    const { target } = this.address;
    return (await this.invoke('steer-migration', { ...given, target }, steered)).was;
  }

  private async invoke<T>(name: string, input: object, answer: z.ZodType<T>): Promise<T> {
    try {
      return await invoke(this.clients.lambda, { deployment: this.address.name, name }, input, answer);
    } catch (error) {
      // Its server goes with it.
      if (this.address.rehearsal === null || !hasNobody(error)) throw error;
      throw new UsageError('The rehearsal has ended. Its result stands in its own terminal.');
    }
  }
}
