import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Architecture, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat, SourceMapMode } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { join } from 'node:path';
import type { Environment } from '../../lambdas/runtime/environment.ts';
import { underpinNamespace } from '../../lambdas/runtime/metric-names.ts';
import { standIns } from '../../lambdas/runtime/stand-ins.ts';
import { fromRoot } from '../from-root.ts';
import { leastRole, tracing, type Permission } from './least-role.ts';
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

/** One task: its handler, bundled with all it needs, a log group, and a role that may do what the task does. */
export class TaskFunction extends Construct {
  readonly functionArn: string;
  private readonly made: NodejsFunction;

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
      [logging(logGroup), tracing, ...permissions],
      `What the task ${task} of ${prefix} may do`,
    );
    const made = new NodejsFunction(this, 'Function', {
      functionName,
      description: tasks[task].does,
      entry: fromRoot(join('lambdas', `${kebab(task)}.ts`)),
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
      bundling: bundling(task, migrations),
      // A migration runs for weeks on the versions that it began with: they outlive every later deployment.
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
    });
    // The role holds its policy itself, so a function never starts before it may.
    made.node.addDependency(role);
    this.made = made;
    this.functionArn = made.functionArn;
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

const bundling = (task: TaskName, migrations: string) => ({
  format: OutputFormat.ESM,
  target: 'node24',
  // Packages that bring an ESM build are smaller and start sooner by it.
  mainFields: ['module', 'main'],
  esbuildArgs: Object.fromEntries(
    Object.entries(standIns).map(([name, file]) => [`--alias:${name}`, fromRoot(file)]),
  ),
  // The parser of SQL looks beside itself.
  define: { __dirname: 'import.meta.dirname' },
  minify: true,
  sourceMap: true,
  sourceMapMode: SourceMapMode.DEFAULT,
  sourcesContent: false,
  // AWS: always bundle the SDK that you use; then a new runtime cannot change it under a running migration.
  bundleAwsSDK: true,
  // CommonJS inside an ES module still calls require for Node's own modules.
  banner:
    "import { createRequire as bundleRequire } from 'node:module'; const require = bundleRequire(import.meta.url);",
  commandHooks: {
    beforeInstall: () => [],
    beforeBundling: () => [],
    afterBundling: (_: string, outputDir: string) =>
      besides(task, migrations).map(({ path, name }) => copy(path, join(outputDir, name))),
  },
});

/** What lies beside a handler, and its name there. */
function besides(
  task: TaskName,
  migrations: string,
): readonly { readonly path: string; readonly name: string }[] {
  // The parser of SQL is WebAssembly, which no bundler takes in.
  const file = 'libpg-query.wasm';
  const parser = { path: fromRoot(`node_modules/libpg-query/wasm/${file}`), name: file };
  // Only the planner reads migrations: a new one gives a new version of that function alone.
  if (task === 'PlanMigration') return [{ path: migrations, name: 'migrations' }, parser];
  if (task === 'CollectEvidence') return [parser];
  return [];
}

const copy = (from: string, to: string): string => {
  const script = `require('node:fs').cpSync(process.argv[1],process.argv[2],{recursive:true,filter:(f)=>!f.endsWith('.ts')})`;
  return `node -e "${script}" "${from}" "${to}"`;
};
