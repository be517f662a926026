import { Aws, Stack } from 'aws-cdk-lib';
import type { CompositeAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { DeploymentEnvironment } from '../../lambdas/runtime/deployment-resources.ts';
import type { Environment } from '../../lambdas/runtime/environment.ts';
import type { PeopleEnvironment } from '../../lambdas/runtime/people.ts';
import type { ReportEnvironment } from '../../lambdas/runtime/report-tools.ts';
import type { Target } from '../../lambdas/runtime/targets.ts';
import { machineArns } from './machine-arns.ts';
import type { ReadFlags } from './read-flags.ts';
import { liveAlias } from './state-machine.ts';
import type { OwnEnvironment } from './task-function.ts';
import type { MigratedDatabase } from './target.ts';
import type { TaskName } from './tasks.ts';

/** What functions learn of the rest of a deployment. */
export interface FunctionSurroundings {
  readonly prefix: string;
  readonly databases: readonly MigratedDatabase[];
  readonly flags: ReadFlags;
  /** By target. */
  readonly composites: ReadonlyMap<string, CompositeAlarm>;
  readonly holdsTable: string;
  readonly reports: Bucket;
  readonly topic: ITopic;
  readonly applicationNamespace: string;
  readonly checklist: 'required' | 'shown';
  readonly runbook: string;
}

/** What every function finds in its environment. */
export const sharedEnvironment = (
  scope: Construct,
  { databases, flags, composites, holdsTable, applicationNamespace, checklist }: FunctionSurroundings,
): Environment => ({
  UNDERPIN_TARGETS: Stack.of(scope).toJsonString(targetsOf(databases, flags, composites)),
  UNDERPIN_MIGRATIONS: 'migrations',
  UNDERPIN_APPCONFIG_APPLICATION: flags.application,
  UNDERPIN_APPCONFIG_FORWARD: flags.forward,
  UNDERPIN_APPCONFIG_BACK: flags.back,
  UNDERPIN_APPCONFIG_MONITOR_ROLE: flags.monitorRole,
  UNDERPIN_APPLICATION_NAMESPACE: applicationNamespace,
  UNDERPIN_HOLDS_TABLE: holdsTable,
  UNDERPIN_CHECKLIST: checklist,
});

const targetsOf = (
  databases: readonly MigratedDatabase[],
  flags: ReadFlags,
  composites: ReadonlyMap<string, CompositeAlarm>,
): readonly Target[] =>
  databases.map(({ name, engine, clusterArn, secretArn, database }) => ({
    name,
    engine,
    cluster: clusterArn,
    secret: secretArn,
    database,
    environment: flags.of(name).environment,
    profile: flags.of(name).profile,
    guardrailsArn: composites.get(name)?.alarmArn ?? '',
  }));

/** By task, what its function alone needs to know. */
export function ownEnvironments(
  scope: Construct,
  around: FunctionSurroundings,
): Readonly<Partial<Record<TaskName, OwnEnvironment>>> {
  const { prefix, topic, reports, runbook, applicationNamespace } = around;
  // The machines name the functions, so a function must not refer to a machine's resource: ARNs that are known before it.
  const migration = machineArns(scope, `${prefix}-migration`).machine;
  const decide = machineArns(scope, `${prefix}-decide`).machine;
  const notifying: PeopleEnvironment = {
    UNDERPIN_TOPIC_ARN: topic.topicArn,
    UNDERPIN_MIGRATION_MACHINE: migration,
    UNDERPIN_DECIDE_MACHINE: decide,
    UNDERPIN_COMMAND_OPTIONS: `--name ${prefix}`,
    UNDERPIN_RUNBOOK: runbook,
  };
  const describing: DeploymentEnvironment = {
    UNDERPIN_MIGRATION_MACHINE: migration,
    UNDERPIN_START_MACHINE: `${migration}:${liveAlias}`,
    UNDERPIN_DECIDE_MACHINE: decide,
    UNDERPIN_TOPIC_ARN: topic.topicArn,
    UNDERPIN_DASHBOARD_URL: `https://${Aws.REGION}.console.aws.amazon.com/cloudwatch/home?region=${Aws.REGION}#dashboards/dashboard/${prefix}`,
    UNDERPIN_REPORT_BUCKET: reports.bucketName,
  };
  const reporting: ReportEnvironment = {
    UNDERPIN_REPORT_BUCKET: reports.bucketName,
    UNDERPIN_APPLICATION_NAMESPACE: applicationNamespace,
  };
  return {
    DescribeMigration: describing,
    NotifyPeople: notifying,
    SteerMigration: notifying,
    WriteReport: reporting,
  };
}
