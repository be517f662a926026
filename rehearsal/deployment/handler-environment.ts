import type { DeploymentEnvironment } from '../../lambdas/runtime/deployment-resources.ts';
import type { Environment } from '../../lambdas/runtime/environment.ts';
import { applicationNamespace } from '../../lambdas/runtime/metric-names.ts';
import type { PeopleEnvironment } from '../../lambdas/runtime/people.ts';
import type { ReportEnvironment } from '../../lambdas/runtime/report-tools.ts';
import type { Target } from '../../lambdas/runtime/targets.ts';
import { guardrailAlarmArnOf } from './guardrail-alarms.ts';
import { holdsTable } from './holds.ts';
import { clusterArnOf, engineOf, secretArnOf, type LocalTarget } from './local-target.ts';
import { machineArn } from './machines.ts';
import { placeOfFlags, type ReadFlagPlace } from './read-flags.ts';
import { account, reportBucket } from './services.ts';

/** What our functions find in their environment about the migrations and what they work on. */
export const handlerEnvironment = (
  options: { readonly targets: readonly LocalTarget[]; readonly migrationsFolder: string },
  flags: ReadFlagPlace,
): Environment => ({
  UNDERPIN_TARGETS: JSON.stringify(
    options.targets.map(({ name, database, databaseUrl }): Target => ({
      name,
      engine: engineOf({ databaseUrl }),
      cluster: clusterArnOf(name),
      secret: secretArnOf(name),
      database,
      ...placeOfFlags(flags, name),
      guardrailsArn: guardrailAlarmArnOf(name),
    })),
  ),
  UNDERPIN_MIGRATIONS: options.migrationsFolder,
  UNDERPIN_APPCONFIG_APPLICATION: flags.application,
  UNDERPIN_APPCONFIG_FORWARD: flags.forward,
  UNDERPIN_APPCONFIG_BACK: flags.back,
  UNDERPIN_APPCONFIG_MONITOR_ROLE: `arn:aws:iam::${account}:role/rehearsal`,
  UNDERPIN_APPLICATION_NAMESPACE: 'Underpin/Application',
  UNDERPIN_HOLDS_TABLE: holdsTable,
  // A rehearsal asks nobody anything.
  UNDERPIN_CHECKLIST: 'shown',
});

// No alias, no dashboard: the interpreter and the local CloudWatch have none.
export const surroundingsOf = (topic: string) =>
  ({
    UNDERPIN_MIGRATION_MACHINE: machineArn('migration'),
    UNDERPIN_START_MACHINE: machineArn('migration'),
    UNDERPIN_DECIDE_MACHINE: machineArn('decide'),
    UNDERPIN_TOPIC_ARN: topic,
    UNDERPIN_REPORT_BUCKET: reportBucket,
    UNDERPIN_APPLICATION_NAMESPACE: applicationNamespace,
    POWERTOOLS_SERVICE_NAME: 'rehearsal',
    // Nobody takes traces here, and without Lambda's own segment every call of the SDK would log a stack.
    POWERTOOLS_TRACE_ENABLED: 'false',
    AWS_XRAY_MANUAL_MODE: 'true',
    UNDERPIN_COMMAND_OPTIONS: '--rehearsal',
    UNDERPIN_RUNBOOK: 'docs/runbook.md',
  }) satisfies DeploymentEnvironment &
    PeopleEnvironment &
    ReportEnvironment &
    Readonly<Record<'POWERTOOLS_SERVICE_NAME' | 'POWERTOOLS_TRACE_ENABLED' | 'AWS_XRAY_MANUAL_MODE', string>>;
