import * as z from 'zod';
import { engines } from '../../engine/dialects/engine.ts';
import type { DeploymentResources } from '../../engine/ledger/description.ts';

const optional = z
  .string()
  .transform((text) => (text === '' ? undefined : text))
  .optional();

// What people's questions are answered with, beside what every function knows; whoever deploys sets these.
const environment = z.object({
  AWS_REGION: z.string().min(1),
  UNDERPIN_ENGINE: z.enum(engines),
  UNDERPIN_CLUSTER_ARN: z.string().min(1),
  UNDERPIN_DATABASE: z.string().min(1),
  UNDERPIN_APPCONFIG_APPLICATION: z.string().min(1),
  UNDERPIN_APPCONFIG_ENVIRONMENT: z.string().min(1),
  UNDERPIN_APPCONFIG_PROFILE: z.string().min(1),
  UNDERPIN_APPCONFIG_BACK: z.string().min(1),
  UNDERPIN_GUARDRAIL_ALARM: z.string().min(1),
  UNDERPIN_MIGRATION_MACHINE: z.string().min(1),
  /** What a new execution is started by: the machine's alias, or the machine. */
  UNDERPIN_START_MACHINE: z.string().min(1),
  UNDERPIN_DECIDE_MACHINE: z.string().min(1),
  UNDERPIN_HOLDS_TABLE: z.string().min(1),
  UNDERPIN_TOPIC_ARN: z.string().min(1),
  UNDERPIN_DASHBOARD_URL: optional,
  UNDERPIN_REPORT_BUCKET: optional,
});

/** The variables that only the function which answers people needs. */
export type DeploymentEnvironment = Pick<
  z.input<typeof environment>,
  | 'UNDERPIN_MIGRATION_MACHINE'
  | 'UNDERPIN_START_MACHINE'
  | 'UNDERPIN_DECIDE_MACHINE'
  | 'UNDERPIN_TOPIC_ARN'
  | 'UNDERPIN_DASHBOARD_URL'
  | 'UNDERPIN_REPORT_BUCKET'
>;

/** Raises an error that names every variable that is missing. */
export function readDeploymentResources(
  variables: Readonly<Record<string, string | undefined>>,
): DeploymentResources {
  const parsed = environment.safeParse(variables);
  if (!parsed.success) {
    const missing = parsed.error.issues.map((issue) => issue.path.join('.'));
    throw new Error(`environment variables are missing: ${missing.join(', ')}`);
  }
  const found = parsed.data;
  return {
    engine: found.UNDERPIN_ENGINE,
    region: found.AWS_REGION,
    migrationMachine: found.UNDERPIN_MIGRATION_MACHINE,
    startMachine: found.UNDERPIN_START_MACHINE,
    decideMachine: found.UNDERPIN_DECIDE_MACHINE,
    holdsTable: found.UNDERPIN_HOLDS_TABLE,
    topic: found.UNDERPIN_TOPIC_ARN,
    guardrailAlarm: found.UNDERPIN_GUARDRAIL_ALARM,
    ...(found.UNDERPIN_DASHBOARD_URL === undefined ? {} : { dashboardUrl: found.UNDERPIN_DASHBOARD_URL }),
    ...(found.UNDERPIN_REPORT_BUCKET === undefined ? {} : { reportBucket: found.UNDERPIN_REPORT_BUCKET }),
    cluster: found.UNDERPIN_CLUSTER_ARN,
    database: found.UNDERPIN_DATABASE,
    flags: {
      application: found.UNDERPIN_APPCONFIG_APPLICATION,
      environment: found.UNDERPIN_APPCONFIG_ENVIRONMENT,
      profile: found.UNDERPIN_APPCONFIG_PROFILE,
      back: found.UNDERPIN_APPCONFIG_BACK,
    },
  };
}
