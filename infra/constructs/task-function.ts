import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Architecture, Code, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Environment } from '../../lambdas/runtime/environment.ts';
import { underpinNamespace } from '../../lambdas/runtime/metric-names.ts';
import { builtFolder } from '../from-root.ts';
import { leastRole, tracePermission, type Permission } from './least-role.ts';
import { withMigrations } from './with-migrations.ts';
import { kebab, tasks, type TaskName } from './tasks.ts';

/** Variables by name; one that a deployment has nothing for is left out. */
export type OwnEnvironment = Readonly<Record<string, string | undefined>>;

export interface TaskFunctionProps {
  /** Of the whole deployment, before the task's own. */
  readonly prefix: string;
  readonly task: TaskName;
  /** The folder of migration files. */
  readonly migrations: string;
  readonly permissions: readonly Permission[];
  readonly environment: Environment;
  /** What this function alone finds in its environment. */
  readonly ownEnvironment?: OwnEnvironment | undefined;
  readonly logRemoval: RemovalPolicy;
}

/** One task: its handler as the build has bundled it, a log group, and a role that may do what the task does. */
export class TaskFunction extends Construct {
  readonly functionArn: string;
  private readonly made: LambdaFunction;

  constructor(scope: Construct, props: TaskFunctionProps) {
    const { prefix, task, migrations, permissions, environment, ownEnvironment, logRemoval } = props;
    super(scope, task);
    const functionName = `${prefix}-${kebab(task)}`;
    const logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/underpin/${prefix}/${kebab(task)}`,
      retention: RetentionDays.SIX_MONTHS,
      removalPolicy: logRemoval,
    });
    const role = leastRole(
      this,
      'Role',
      'lambda.amazonaws.com',
      [logging(logGroup), tracePermission, ...permissions],
      `What the task ${task} of ${prefix} may do`,
    );
    const made = new LambdaFunction(this, 'Function', {
      functionName,
      description: tasks[task].does,
      code: Code.fromAsset(this.codeOf(task, migrations)),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 512,
      timeout: Duration.minutes(tasks[task].minutes),
      tracing: Tracing.ACTIVE,
      // Without this CDK would add to the role what the role says already.
      role: role.withoutPolicyUpdates(),
      logGroup,
      environment: {
        ...environment,
        ...given(ownEnvironment),
        POWERTOOLS_SERVICE_NAME: prefix,
        POWERTOOLS_METRICS_NAMESPACE: underpinNamespace,
        NODE_OPTIONS: '--enable-source-maps',
      },
      // A migration runs for weeks on the versions that it began with: they outlive every later deployment.
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
    });
    // The role holds its policy itself, so a function never starts before it may.
    made.node.addDependency(role);
    this.made = made;
    this.functionArn = made.functionArn;
  }

  /** Only the planner reads migrations: a new one gives a new version of that function alone. */
  private codeOf(task: TaskName, migrations: string): string {
    const bundle = builtFolder(`programs/${task}`);
    return task === 'PlanMigration' ? withMigrations(this, bundle, migrations) : bundle;
  }

  /** What state machines name: it stays as it is when the function changes. Published for whoever asks only. */
  get versionArn(): string {
    return this.made.currentVersion.functionArn;
  }
}

const given = (variables: OwnEnvironment = {}): Record<string, string> =>
  Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );

const logging = (logGroup: LogGroup): Permission => ({
  why: 'write its own log',
  actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
  resources: [logGroup.logGroupArn],
});
