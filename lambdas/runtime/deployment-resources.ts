import * as z from 'zod';
import type { DeploymentResources } from '../../engine/ledger/description.ts';
import { guardrailsOf, type Target } from './targets.ts';

const optional = z
  .string()
  .transform((text) => (text === '' ? undefined : text))
  .optional();

// What people's questions are answered with, beside what every function knows; whoever deploys sets these.
const environment = z.object({
  AWS_REGION: z.string().min(1),
  UNDERPIN_APPCONFIG_APPLICATION: z.string().min(1),
  UNDERPIN_APPCONFIG_BACK: z.string().min(1),
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
  target: Target,
): DeploymentResources {
  const parsed = environment.safeParse(variables);
  if (!parsed.success) {
    const missing = parsed.error.issues.map((issue) => issue.path.join('.'));
    throw new Error(`environment variables are missing: ${missing.join(', ')}`);
  }
  const found = parsed.data;
  return {
    target: target.name,
    engine: target.engine,
    region: found.AWS_REGION,
    migrationMachine: found.UNDERPIN_MIGRATION_MACHINE,
    startMachine: found.UNDERPIN_START_MACHINE,
    decideMachine: found.UNDERPIN_DECIDE_MACHINE,
    holdsTable: found.UNDERPIN_HOLDS_TABLE,
    topic: found.UNDERPIN_TOPIC_ARN,
    guardrailAlarm: guardrailsOf(target),
    ...(found.UNDERPIN_DASHBOARD_URL === undefined ? {} : { dashboardUrl: found.UNDERPIN_DASHBOARD_URL }),
    ...(found.UNDERPIN_REPORT_BUCKET === undefined ? {} : { reportBucket: found.UNDERPIN_REPORT_BUCKET }),
    cluster: target.cluster,
    database: target.database,
    flags: {
      application: found.UNDERPIN_APPCONFIG_APPLICATION,
      environment: target.environment,
      profile: target.profile,
      back: found.UNDERPIN_APPCONFIG_BACK,
    },
  };
}
