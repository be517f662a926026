import { underpin } from '../command-name.ts';
import type { Address } from '../aws/address.ts';
import type {
  DeploymentResources,
  MigrationDetails,
  TargetDescription,
} from '../../engine/ledger/description.ts';
import type { MigrationSummary } from '../../engine/ledger/summary.ts';
import type { AlarmOn } from '../aws/alarms.ts';
import type { Breach } from '../../engine/notices/breached.ts';
import type { Course } from '../aws/course.ts';
import type { Reason } from '../../engine/words/failure.ts';
import type { Deployment } from '../aws/deployment.ts';
import type { ExecutionState } from '../aws/executions.ts';
import type { Hold } from '../../lambdas/runtime/hold-item.ts';
import { Refused } from '../refused.ts';

/** One migration beside the others. */
export interface ListedMigration {
  readonly target: string;
  readonly migration: MigrationSummary;
  readonly hold: Hold | null;
  /** Of one that runs by what the ledger says; null of the others. */
  readonly execution: ExecutionState | null;
  readonly goesBack: boolean;
}

/** All migrations of a deployment at a moment, or those of one target. */
export interface Overview {
  readonly at: string;
  readonly targets: readonly DeploymentResources[];
  /** Targets whose ledger cannot be read now, by the error's name. */
  readonly unreadable: Readonly<Record<string, string>>;
  readonly migrations: readonly ListedMigration[];
  readonly alarms: readonly AlarmOn[];
}

/** All of one migration at a moment. */
export interface Closeup {
  readonly at: string;
  readonly surroundings: DeploymentResources;
  readonly migration: MigrationDetails;
  readonly hold: Hold | null;
  /** null where Step Functions has forgotten it. */
  readonly execution: ExecutionState | null;
  /** The state that the execution entered last. */
  readonly state: string | null;
  /** Why it goes back, or went back; null where it did not. */
  readonly wayBack: Reason | null;
  /** The guardrails that sent it back. */
  readonly breaches: readonly Breach[];
  readonly alarms: readonly AlarmOn[];
}

/** Raises Refused where the ledger of the only target cannot be read. */
export async function readOverview(deployment: Deployment): Promise<Overview> {
  const { targets: described } = await deployment.describeAll();
  const [only, another] = described;
  if (only !== undefined && another === undefined) refuseUnreadable(only.ledger, deployment.address);
  const listed = await Promise.all(
    described.flatMap(({ surroundings, migrations }) =>
      migrations.map((migration) => listedOf(deployment, surroundings, migration)),
    ),
  );
  const targets = described.map(({ surroundings }) => surroundings);
  const unreadable = described.flatMap(({ surroundings: { target }, ledger }) =>
    typeof ledger === 'object' ? [[target, ledger.unreadable] as const] : [],
  );
  return {
    at: new Date().toISOString(),
    targets,
    unreadable: Object.fromEntries(unreadable),
    migrations: listed,
    alarms: await deployment.alarmsOn(targets),
  };
}

async function listedOf(
  deployment: Deployment,
  surroundings: DeploymentResources,
  migration: MigrationSummary,
): Promise<ListedMigration> {
  const { target } = surroundings;
  if (migration.status !== 'running')
    return { target, migration, hold: null, execution: null, goesBack: false };
  const [hold, execution] = await Promise.all([
    deployment.openHold(surroundings, migration),
    deployment.execution(migration.execution),
  ]);
  const { wayBack } = await courseOf(deployment, execution);
  return {
    target,
    migration,
    hold: stillAsked(hold, wayBack),
    execution: execution ?? null,
    goesBack: wayBack !== null,
  };
}

/** Raises Refused where the ledger does not know the migration, with how its last start ended, or cannot be read. */
export async function readCloseup(deployment: Deployment, name: string): Promise<Closeup> {
  const { surroundings, ledger, migrations, migration } = await deployment.describe(name);
  refuseUnreadable(ledger, deployment.address);
  if (migration === null)
    throw new Refused(await unknown(deployment, surroundings, { name, known: migrations }));
  const [hold, execution, alarms] = await Promise.all([
    deployment.openHold(surroundings, migration),
    deployment.execution(migration.execution),
    deployment.alarmsOn([surroundings], ownAlarms(migration)),
  ]);
  const { state, wayBack } = await courseOf(deployment, execution);
  const breaches =
    wayBack?.error === 'GuardrailBreached' && execution !== undefined
      ? await deployment.lastBreaches(surroundings, ownAlarms(migration), execution.startedAt)
      : [];
  return {
    at: new Date().toISOString(),
    surroundings,
    migration,
    hold: stillAsked(hold, wayBack),
    execution: execution ?? null,
    state,
    wayBack,
    breaches,
    alarms,
  };
}

const courseOf = (deployment: Deployment, execution: ExecutionState | undefined): Promise<Course> =>
  execution === undefined
    ? Promise.resolve({ state: null, wayBack: null })
    : deployment.course(execution.arn);

/** A gate or window that the way back has passed by asks nothing, although it stands open for a moment yet. */
const stillAsked = (hold: Hold | undefined, wayBack: Reason | null): Hold | null =>
  hold === undefined || (wayBack !== null && hold.kind !== 'cleanup') ? null : hold;

/** Raises Refused where the ledger cannot be read: what is not known must not be taken for nothing. */
export function refuseUnreadable(ledger: TargetDescription['ledger'], { words }: Address): void {
  if (typeof ledger === 'object')
    throw new Refused(
      `The ledger cannot be read: the database answers ${ledger.unreadable}. Look at the cluster, and at the log of describe-migration; \`${underpin} runbook MIGRATION${words}\` says what can be done meanwhile.`,
    );
}

/** What there is to say of a migration that the ledger does not know: most often it did not start. */
async function unknown(
  deployment: Deployment,
  surroundings: DeploymentResources,
  { name, known }: { readonly name: string; readonly known: readonly MigrationSummary[] },
): Promise<string> {
  const started = await deployment.newestStart(surroundings, name);
  if (started === undefined)
    return known.length === 0
      ? `No migration was started here yet. Start it: ${underpin} start ${name}${deployment.address.words}`
      : `No migration "${name}" was started here. These were: ${known.map((it) => it.name).join(', ')}.`;
  if (started.status === 'RUNNING')
    return `${name} was started at ${started.startedAt} and is being planned.`;
  return `${name} did not start: ${started.error ?? started.status}. ${started.cause ?? ''}`;
}

const ownAlarms = ({ settings }: MigrationDetails): readonly string[] => settings.guardrails.rollback.alarms;

/** A migration that the ledger has as running while its execution is over: nobody drives it. */
export const isAbandoned = (
  { status }: Pick<MigrationSummary, 'status'>,
  execution: ExecutionState | null,
): boolean => status === 'running' && execution?.status !== 'RUNNING';
