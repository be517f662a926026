import * as z from 'zod';
import { once } from './once.ts';

/** As long as the agents of the application may take to hear of a flag. */
export const usualHearingSeconds = 60;

// The names that the functions find their surroundings by; whoever deploys them sets these.
const variables = z.object({
  /** JSON of all targets; `targets.ts` reads it. */
  UNDERPIN_TARGETS: z.string().min(1),
  /** The folder of migration files, bundled beside the handlers. */
  UNDERPIN_MIGRATIONS: z.string().min(1),
  UNDERPIN_APPCONFIG_APPLICATION: z.string().min(1),
  /** The deployment strategies of the way forward and of the way back. */
  UNDERPIN_APPCONFIG_FORWARD: z.string().min(1),
  UNDERPIN_APPCONFIG_BACK: z.string().min(1),
  /** The role by which AppConfig asks composite alarms. */
  UNDERPIN_APPCONFIG_MONITOR_ROLE: z.string().min(1),
  /** The CloudWatch namespace in which the application reports its reads. */
  UNDERPIN_APPLICATION_NAMESPACE: z.string().min(1),
  /** The table of gates and windows. */
  UNDERPIN_HOLDS_TABLE: z.string().min(1),
  /** Whether a start waits until the pre-flight checklist is answered; a rehearsal only shows what is open. */
  UNDERPIN_CHECKLIST: z.enum(['required', 'shown']).default('required'),
});

/** What whoever deploys the functions sets. */
export type Environment = z.infer<typeof variables>;

/** This function's own, read when something first needs it. */
export const environment = once(() => readEnvironment(process.env));

// Only where a rehearsal's cloud hurries its waits, and has agents that are as quick; nothing deployed sets it.
const hearing = z.coerce.number().positive().max(usualHearingSeconds).default(usualHearingSeconds);

export const hearingSeconds = once(() => hearing.parse(process.env['UNDERPIN_HEARING_SECONDS']));

export const applicationNamespace = (): string => environment().UNDERPIN_APPLICATION_NAMESPACE;

/** Raises an error that names every variable that is missing. */
export function readEnvironment(given: Readonly<Record<string, string | undefined>>): Environment {
  const parsed = variables.safeParse(given);
  if (parsed.success) return parsed.data;
  const missing = parsed.error.issues.map((issue) => issue.path.join('.'));
  throw new Error(`environment variables are missing: ${missing.join(', ')}`);
}
