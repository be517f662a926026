import type { RemovalPolicy } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Environment } from '../../lambdas/runtime/environment.ts';
import { TaskFunction } from './task-function.ts';
import { permissionsOf, type Surroundings } from './task-permissions.ts';
import { taskNames, tasks, type TaskName } from './tasks.ts';

export interface TaskFunctionsProps {
  readonly prefix: string;
  readonly environment: Environment;
  readonly surroundings: Surroundings;
  readonly logRemoval: RemovalPolicy;
}

/** One Lambda function for each task. */
export class TaskFunctions extends Construct {
  private readonly made: ReadonlyMap<TaskName, TaskFunction>;

  constructor(scope: Construct, id: string, { surroundings, ...props }: TaskFunctionsProps) {
    super(scope, id);
    this.made = new Map(
      taskNames.map((task) => [
        task,
        new TaskFunction(this, { ...props, task, permissions: permissionsOf(tasks[task].may, surroundings) }),
      ]),
    );
  }

  arnOf(task: TaskName): string {
    const made = this.made.get(task);
    if (!made) throw new Error(`there is no function for ${task}`);
    return made.functionArn;
  }

  /** By task name, the ARN of the version that new executions are to invoke. */
  versions(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.made].map(([task, { versionArn }]) => [task, versionArn]));
  }
}
