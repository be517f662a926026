import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import * as z from 'zod';
import { description, type Description, type DeploymentResources } from '../../engine/ledger/description.ts';
import type { MigrationSummary } from '../../engine/ledger/summary.ts';
import type { Order } from '../../engine/ledger/standing-order.ts';
import { alarmsOn, type AlarmOn } from './alarms.ts';
import { clientsOf, type Clients } from './clients.ts';
import { lastBreach, type Breach } from './breach.ts';
import { readCourse, type Course } from './course.ts';
import { decide, type Decision } from './decide.ts';
import { newestStart, readExecution, startName, type ExecutionState } from './executions.ts';
import { isOpen, readHold, type Hold } from './holds.ts';
import { invoke } from './invoke.ts';
import { UsageError } from '../usage-error.ts';
import type { Target } from './target.ts';

const steered = z.object({ order: z.string(), was: z.string().nullable() });

const hasNobody = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET');

/** A deployment of Underpin as people work with it. Everything is found by asking its describe-migration. */
export class Deployment {
  readonly clients: Clients;

  constructor(readonly target: Target) {
    this.clients = clientsOf(target);
  }

  describe(migration?: string): Promise<Description> {
    return this.invoke('describe-migration', migration === undefined ? {} : { migration }, description);
  }

  /** What a migration waits at or has waited at last, by the table of holds alone. */
  lastHold({ holdsTable }: DeploymentResources, migration: string): Promise<Hold | undefined> {
    return readHold(this.clients.dynamoDb, holdsTable, migration);
  }

  /** What a migration waits at now; undefined where it works, or is over. */
  async openHold(
    { holdsTable }: DeploymentResources,
    migration: Pick<MigrationSummary, 'name' | 'status' | 'epoch'>,
  ): Promise<Hold | undefined> {
    const found = await readHold(this.clients.dynamoDb, holdsTable, migration.name);
    return found && isOpen(found, migration, new Date()) ? found : undefined;
  }

  alarmsOn({ guardrailAlarm }: DeploymentResources, own: readonly string[]): Promise<readonly AlarmOn[]> {
    return alarmsOn(this.clients.cloudWatch, { name: this.target.name, guardrail: guardrailAlarm, own });
  }

  execution(arn: string): Promise<ExecutionState | undefined> {
    return readExecution(this.clients.sfn, arn);
  }

  course(arn: string): Promise<Course> {
    return readCourse(this.clients.sfn, arn);
  }

  /** The guardrails that were over their limits when the composite alarm went on last, after `since`. */
  lastBreach({ guardrailAlarm }: DeploymentResources, since: string): Promise<readonly Breach[]> {
    return lastBreach(this.clients.cloudWatch, guardrailAlarm, since);
  }

  newestStart(
    { migrationMachine }: DeploymentResources,
    migration: string,
  ): Promise<ExecutionState | undefined> {
    return newestStart(this.clients.sfn, migrationMachine, migration);
  }

  /** Gives the ARN of the execution. */
  async start({ startMachine }: DeploymentResources, migration: string): Promise<string> {
    const { executionArn = '' } = await this.clients.sfn.send(
      new StartExecutionCommand({
        stateMachineArn: startMachine,
        name: startName(migration, new Date()),
        input: JSON.stringify({ migration }),
      }),
    );
    return executionArn;
  }

  decide({ decideMachine }: DeploymentResources, decision: Decision): Promise<string> {
    return decide(this.clients.sfn, decideMachine, decision);
  }

  /** Gives the order that stood before; null where none did. */
  async steer(given: {
    readonly migration: string;
    readonly order: Order;
    readonly reason: string;
    readonly by: string;
  }): Promise<string | null> {
    return (await this.invoke('steer-migration', given, steered)).was;
  }

  private async invoke<T>(name: string, input: object, answer: z.ZodType<T>): Promise<T> {
    try {
      return await invoke(this.clients.lambda, { deployment: this.target.name, name }, input, answer);
    } catch (error) {
      // Its server goes with it.
      if (this.target.rehearsal === null || !hasNobody(error)) throw error;
      throw new UsageError('The rehearsal has ended. Its result stands in its own terminal.');
    }
  }
}
