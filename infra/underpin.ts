import { RemovalPolicy } from 'aws-cdk-lib';
import type { Dashboard as CloudWatchDashboard, IAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { resolve } from 'node:path';
import { limitsOf, type Limits } from './config.ts';
import {
  Access,
  approvalPermissions,
  operatorPermissions,
  readingPermissions,
  type Accessible,
} from './constructs/access.ts';
import { BreachRule } from './constructs/breach-rule.ts';
import { Dashboard } from './constructs/dashboard.ts';
import { FailedMigrations } from './constructs/failed-migrations.ts';
import { ownEnvironments, sharedEnvironment } from './constructs/function-environments.ts';
import type { WatchedTarget } from './constructs/guardrail-alarms.ts';
import { Guardrails } from './constructs/guardrails.ts';
import { Holds } from './constructs/holds.ts';
import type { Permission } from './constructs/least-role.ts';
import { machineArns } from './constructs/machine-arns.ts';
import { givenTopic, Notifications } from './constructs/notifications.ts';
import { ReadFlags } from './constructs/read-flags.ts';
import { Reports } from './constructs/reports.ts';
import { StateMachines } from './constructs/state-machines.ts';
import { migratedDatabases, type UnderpinTarget } from './constructs/target.ts';
import { TaskFunctions } from './constructs/task-functions.ts';
import type { TaskResources } from './constructs/task-permissions.ts';

export interface UnderpinProps {
  /** The folder of migration files. */
  readonly migrations: string;
  readonly targets: readonly UnderpinTarget[];
  /** Begins the name of everything that people look for. Default `underpin`. */
  readonly name?: string;
  /** Where people are notified; alarms must be allowed to publish there. Default: a topic of its own, `topic`. */
  readonly notify?: ITopic;
  /** At which value alarms go on, where it is not the default. */
  readonly limits?: Partial<Limits>;
  /** Alarms of your own that roll back too, whichever target. */
  readonly alarms?: readonly IAlarm[];
  /** Whether a migration starts only when its pre-flight checklist is answered. Default `required`. */
  readonly checklist?: 'required' | 'shown';
  /** Where the application publishes how its reads fare. Default `Underpin/Application`. */
  readonly applicationNamespace?: string;
  /** What the link in each alarm's description begins with. Default `docs/runbook.md`. */
  readonly runbook?: string;
  /** What becomes of holds, reports and logs when the stack goes. Default: they stay. */
  readonly removalPolicy?: RemovalPolicy.RETAIN | RemovalPolicy.DESTROY;
}

/** All of Underpin, beside clusters that are there already; nothing of theirs is made or changed. */
export class Underpin extends Construct {
  /** Migrations are started here. */
  readonly machine: IStateMachine;
  /** Gates are decided here. */
  readonly decideMachine: IStateMachine;
  readonly topic: ITopic;
  readonly dashboard: CloudWatchDashboard;
  readonly reports: Bucket;
  readonly flags: ReadFlags;
  private readonly accessible: Accessible;

  /** Raises an error for targets that cannot be meant, or cannot work where the stack is. */
  constructor(scope: Construct, id: string, props: UnderpinProps) {
    super(scope, id);
    const { name: prefix = 'underpin', removalPolicy = RemovalPolicy.RETAIN } = props;
    // A first deployment that fails takes with it what it has made, or the next one would find the names taken.
    const logRemoval =
      removalPolicy === RemovalPolicy.DESTROY ? removalPolicy : RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
    const { runbook = 'docs/runbook.md', applicationNamespace = 'Underpin/Application' } = props;
    const keep = logRemoval !== RemovalPolicy.DESTROY;
    const limits = limitsOf(props.limits);
    const databases = migratedDatabases(this, props.targets);
    const targets = databases.map((database): WatchedTarget => ({
      ...database,
      target: database.name,
      prefix,
      applicationNamespace,
    }));

    const notifications = props.notify
      ? givenTopic(props.notify)
      : new Notifications(this, 'Notifications', { prefix, keep });
    const { topic } = notifications;
    const { table: holds } = new Holds(this, 'Holds', { keep });
    const scopeOfAlarms = new Construct(this, 'Guardrails');
    const guardrails = targets.map(
      (watched) =>
        new Guardrails(scopeOfAlarms, {
          watched,
          limits,
          theirs: props.alarms ?? [],
          runbook,
          topic,
        }),
    );
    const composites = new Map(guardrails.map(({ target, composite }) => [target, composite]));
    const flags = new ReadFlags(this, 'ReadFlags', { prefix, guardrails: composites });
    const { bucket: reports } = new Reports(this, 'Reports', { keep });
    const around = {
      prefix,
      databases,
      flags,
      composites,
      holdsTable: holds.tableName,
      reports,
      topic,
      applicationNamespace,
      checklist: props.checklist ?? 'required',
      runbook,
    };
    const functions = new TaskFunctions(this, 'Tasks', {
      prefix,
      migrations: resolve(props.migrations),
      environment: sharedEnvironment(this, around),
      ownEnvironments: ownEnvironments(this, around),
      surroundings: {
        databases,
        flags: flags.arns,
        holdsTable: holds.tableArn,
        publishing: notifications.publishing(),
        ...executionsOf(this, prefix),
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
    const notifying = { prefix, topic, runbook };
    const rule = new BreachRule(this, 'Breach', { ...notifying, breach: machines.breach.machine });
    const failed = new FailedMigrations(this, 'Failed', {
      ...notifying,
      migration: machines.migration.machine,
    });
    this.accessible = { machines: machines.arns, holds, functions, reports };
    new Access(this, 'Access', { prefix, ...this.accessible });
    const { dashboard } = new Dashboard(this, 'Dashboard', {
      prefix,
      targets,
      limits,
      alarms: [
        ...guardrails.flatMap(({ composite, telling, alarms }) => [composite, ...telling, ...alarms]),
        ...rule.alarms,
        ...failed.alarms,
      ],
      machines: machines.arns,
      runbook,
      migrationsTable: functions.arnOf('ShowMigrations'),
    });
    this.machine = machines.migration.machine;
    this.decideMachine = machines.decide.machine;
    this.topic = topic;
    this.dashboard = dashboard;
    this.reports = reports;
    this.flags = flags;
  }

  /** What the application of a target asks the AppConfig agent for. */
  flagPath(target: string): string {
    const { environment, profile } = this.flags.of(target);
    return `/applications/${this.flags.application}/environments/${environment}/configurations/${profile}`;
  }

  /** May decide gates, and nothing else. Who approves from a terminal needs `grantRead` too. */
  grantApprove(grantee: IGrantable): void {
    grant(grantee, approvalPermissions(this.accessible));
  }

  /** May start, stop, steer, redrive and read migrations; not decide gates. */
  grantOperate(grantee: IGrantable): void {
    grant(grantee, operatorPermissions(this.accessible));
  }

  /** May see how migrations are, what gates ask and what became of decisions. */
  grantRead(grantee: IGrantable): void {
    grant(grantee, readingPermissions(this.accessible));
  }
}

function grant(grantee: IGrantable, permissions: readonly Permission[]): void {
  for (const { actions, resources } of permissions)
    Grant.addToPrincipal({ grantee, actions: [...actions], resourceArns: [...resources] }).assertSuccess();
}

// The machines name the functions, so a function must not refer to a machine's resource: ARNs that are known before it.
function executionsOf(scope: Construct, prefix: string): Pick<TaskResources, 'executions' | 'maps'> {
  const migration = machineArns(scope, `${prefix}-migration`);
  const gate = machineArns(scope, `${prefix}-gate`);
  const fanningOut = [migration, machineArns(scope, `${prefix}-verify`)];
  return {
    executions: [...fanningOut.flatMap(({ executions, mapRuns }) => [executions, mapRuns]), gate.executions],
    maps: fanningOut.map(({ maps }) => maps),
  };
}
