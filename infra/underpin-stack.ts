import { Annotations, Aws, CfnOutput, CfnRule, Fn, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { CompositeAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { Environment } from '../lambdas/runtime/environment.ts';
import type { PeopleEnvironment } from '../lambdas/runtime/people.ts';
import type { ReportEnvironment } from '../lambdas/runtime/report-tools.ts';
import type { DeploymentEnvironment } from '../lambdas/runtime/deployment-resources.ts';
import type { Target } from '../lambdas/runtime/targets.ts';
import type { Config } from './config.ts';
import { Access } from './constructs/access.ts';
import { BreachRule } from './constructs/breach-rule.ts';
import { Dashboard } from './constructs/dashboard.ts';
import { DemoDatabase } from './demo/demo-database.ts';
import { demoEnd } from './demo/demo-end.ts';
import { FailedMigrations } from './constructs/failed-migrations.ts';
import type { Watched } from './constructs/guardrail-alarms.ts';
import { Guardrails } from './constructs/guardrails.ts';
import { Holds } from './constructs/holds.ts';
import { machineArns } from './constructs/machine-arns.ts';
import { Notifications } from './constructs/notifications.ts';
import { ReadFlags } from './constructs/read-flags.ts';
import { existingDatabase, placeholderDatabase, type MigratedDatabase } from './constructs/target.ts';
import { Reports } from './constructs/reports.ts';
import { liveAlias } from './constructs/state-machine.ts';
import { StateMachines } from './constructs/state-machines.ts';
import { TaskFunctions } from './constructs/task-functions.ts';
import type { TaskResources as FunctionResources } from './constructs/task-permissions.ts';

export interface UnderpinStackProps extends StackProps {
  readonly config: Config;
}

/** All of Underpin, beside the clusters that are there already. */
export class UnderpinStack extends Stack {
  constructor(scope: Construct, id: string, { config, ...props }: UnderpinStackProps) {
    super(scope, id, { description: 'Underpin: online schema migrations', ...props });
    const { name: prefix, runbook } = config;
    const logRemoval = config.demo ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;
    const databases = this.databases(config);
    const targets = databases.map((database): Watched => ({
      ...database,
      target: database.name,
      prefix,
      applicationNamespace: config.applicationNamespace,
    }));

    const notifications = new Notifications(this, 'Notifications', {
      prefix,
      notify: config.notify,
      keep: !config.demo,
    });
    const { topic } = notifications;
    const { table: holds } = new Holds(this, 'Holds', { keep: !config.demo });
    const alarms = new Construct(this, 'Guardrails');
    const guardrails = new Map(
      targets.map((watched) => [watched.target, new Guardrails(alarms, { config, watched, topic })]),
    );
    const composites = new Map([...guardrails].map(([name, { composite }]) => [name, composite]));
    const flags = new ReadFlags(this, 'ReadFlags', { prefix, guardrails: composites });
    const { bucket: reports } = new Reports(this, 'Reports', { keep: !config.demo });
    if (config.demo) demoEnd(this, { prefix, flags, reports });
    const functions = new TaskFunctions(this, 'Tasks', {
      prefix,
      environment: {
        ...handlerEnvironment(flags, config),
        UNDERPIN_TARGETS: this.toJsonString(targetsOf(databases, flags, composites)),
        UNDERPIN_HOLDS_TABLE: holds.tableName,
      },
      ownEnvironments: {
        DescribeMigration: this.whereThingsAre(prefix, topic, reports),
        NotifyPeople: this.howToTell(config, topic),
        SteerMigration: this.howToTell(config, topic),
        WriteReport: {
          UNDERPIN_REPORT_BUCKET: reports.bucketName,
          UNDERPIN_APPLICATION_NAMESPACE: config.applicationNamespace,
        } satisfies ReportEnvironment,
      },
      surroundings: {
        databases,
        flags: flags.arns,
        holdsTable: holds.tableArn,
        publishing: notifications.publishing(),
        ...this.executionsOf(prefix),
        reportBucket: reports.bucketArn,
      },
      logRemoval,
    });
    const machines = new StateMachines(this, 'Machines', {
      prefix,
      targets: targets.map(({ target }) => target),
      functions,
      holds,
      logRemoval,
    });
    const rule = new BreachRule(this, 'Breach', {
      prefix,
      breach: machines.breach.machine,
      topic,
      runbook,
    });
    const failed = new FailedMigrations(this, 'Failed', {
      prefix,
      migration: machines.migration.machine,
      topic,
      runbook,
    });
    new Access(this, 'Access', { prefix, machines: machines.arns, holds, functions, reports });
    new Dashboard(this, 'Dashboard', {
      prefix,
      targets,
      limits: config.limits,
      alarms: [
        ...[...guardrails.values()].flatMap(({ composite, alarms: under }) => [composite, ...under]),
        ...rule.alarms,
        failed.alarm,
      ],
      machines: machines.arns,
      runbook,
    });
    this.notify(flags, machines);
  }

  private databases(config: Config): readonly MigratedDatabase[] {
    if (config.demo) return [new DemoDatabase(this, 'Demo', { prefix: config.name }).migrated];
    if (config.targets.length > 0) return config.targets.map((target) => existingDatabase(this, target));
    Annotations.of(this).addWarningV2(
      'underpin:no-database',
      'No target is configured: this template has placeholders and refuses to be deployed. Give `-c cluster=… -c secret=… -c database=…`, write underpin.config.ts, or try `-c demo=true`. See docs/deploy.md.',
    );
    new CfnRule(this, 'DatabaseIsConfigured', {
      assertions: [
        {
          assert: Fn.conditionEquals('placeholder', 'configured'),
          assertDescription: 'No database is configured; see docs/deploy.md',
        },
      ],
    });
    return [existingDatabase(this, placeholderDatabase)];
  }

  // The machines name the functions, so a function must not refer to a machine's resource: ARNs that are known before it,
  // here and below.
  private executionsOf(prefix: string): Pick<FunctionResources, 'holdingMachines' | 'executions' | 'maps'> {
    const [migration, gate, verify] = [
      machineArns(this, `${prefix}-migration`),
      machineArns(this, `${prefix}-gate`),
      machineArns(this, `${prefix}-verify`),
    ] as const;
    const fanningOut = [migration, verify];
    return {
      holdingMachines: [migration.machine, gate.machine],
      executions: [
        ...fanningOut.flatMap(({ executions, mapRuns }) => [executions, mapRuns]),
        gate.executions,
      ],
      maps: fanningOut.map(({ maps }) => maps),
    };
  }

  private whereThingsAre(prefix: string, topic: ITopic, reports: Bucket): DeploymentEnvironment {
    const { machine: migration } = machineArns(this, `${prefix}-migration`);
    return {
      UNDERPIN_MIGRATION_MACHINE: migration,
      UNDERPIN_START_MACHINE: `${migration}:${liveAlias}`,
      UNDERPIN_DECIDE_MACHINE: machineArns(this, `${prefix}-decide`).machine,
      UNDERPIN_TOPIC_ARN: topic.topicArn,
      UNDERPIN_DASHBOARD_URL: `https://${Aws.REGION}.console.aws.amazon.com/cloudwatch/home?region=${Aws.REGION}#dashboards/dashboard/${prefix}`,
      UNDERPIN_REPORT_BUCKET: reports.bucketName,
    };
  }

  private howToTell({ name, runbook }: Config, topic: ITopic): PeopleEnvironment {
    return {
      UNDERPIN_TOPIC_ARN: topic.topicArn,
      UNDERPIN_MIGRATION_MACHINE: machineArns(this, `${name}-migration`).machine,
      UNDERPIN_DECIDE_MACHINE: machineArns(this, `${name}-decide`).machine,
      UNDERPIN_COMMAND_OPTIONS: `--name ${name}`,
      UNDERPIN_RUNBOOK: runbook,
    };
  }

  private notify(flags: ReadFlags, machines: StateMachines): void {
    const output = (id: string, value: string, description: string) =>
      new CfnOutput(this, id, { value, description });
    output('MigrationMachine', machines.migration.machine.stateMachineArn, 'Start migrations here');
    output('DecideMachine', machines.decide.machine.stateMachineArn, 'Decide gates here');
    for (const { target, environment, profile } of flags.targets)
      output(
        `ReadFlagPath${target.replaceAll(/(?:^|-)(\w)/gu, (_, letter: string) => letter.toUpperCase())}`,
        `/applications/${flags.application}/environments/${environment}/configurations/${profile}`,
        `What the application of ${target} asks the AppConfig agent for`,
      );
  }
}

const targetsOf = (
  databases: readonly MigratedDatabase[],
  flags: ReadFlags,
  composites: ReadonlyMap<string, CompositeAlarm>,
): readonly Target[] =>
  databases.map(({ name, clusterArn, secretArn, database }) => ({
    name,
    engine: 'postgres',
    cluster: clusterArn,
    secret: secretArn,
    database,
    environment: flags.of(name).environment,
    profile: flags.of(name).profile,
    guardrailsArn: composites.get(name)?.alarmArn ?? '',
  }));

const handlerEnvironment = (
  flags: ReadFlags,
  { checklist, applicationNamespace }: Config,
): Omit<Environment, 'UNDERPIN_HOLDS_TABLE' | 'UNDERPIN_TARGETS'> => ({
  UNDERPIN_MIGRATIONS: 'migrations',
  UNDERPIN_APPCONFIG_APPLICATION: flags.application,
  UNDERPIN_APPCONFIG_FORWARD: flags.forward,
  UNDERPIN_APPCONFIG_BACK: flags.back,
  UNDERPIN_APPCONFIG_MONITOR_ROLE: flags.monitorRole,
  UNDERPIN_APPLICATION_NAMESPACE: applicationNamespace,
  UNDERPIN_CHECKLIST: checklist,
});
