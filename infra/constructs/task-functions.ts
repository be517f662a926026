import type { RemovalPolicy } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Environment } from '../../lambdas/runtime/environment.ts';
import { TaskFunction, type OwnEnvironment } from './task-function.ts';
import { permissionsOf, type TaskResources } from './task-permissions.ts';
import { machineTasks, taskNames, tasks, type TaskName } from './tasks.ts';

export interface TaskFunctionsProps {
  readonly prefix: string;
  /** The folder of migration files. */
  readonly migrations: string;
  readonly environment: Environment;
  /** By task, what its function alone needs to know. */
  readonly ownEnvironments: Readonly<Partial<Record<TaskName, OwnEnvironment>>>;
  readonly surroundings: TaskResources;
  readonly logRemoval: RemovalPolicy;
}

/** One Lambda function for each task. */
export class TaskFunctions extends Construct {
  private readonly made: ReadonlyMap<TaskName, TaskFunction>;

  constructor(scope: Construct, id: string, { surroundings, ownEnvironments, ...props }: TaskFunctionsProps) {
    super(scope, id);
    this.made = new Map(
      taskNames.map((task) => [
        task,
        new TaskFunction(this, {
          ...props,
          task,
          permissions: permissionsOf(tasks[task].may, surroundings),
          ownEnvironment: ownEnvironments[task],
        }),
      ]),
    );
  }

  arnOf(task: TaskName): string {
    return this.of(task).functionArn;
  }

  /** By the name of a state machine's task, the ARN of the version that new executions are to invoke. */
  versions(): Readonly<Record<string, string>> {
    return Object.fromEntries(machineTasks.map((task) => [task, this.of(task).versionArn]));
  }

  private of(task: TaskName): TaskFunction {
    const made = this.made.get(task);
    if (!made) throw new Error(`there is no function for ${task}`);
    return made;
  }
}
