import * as z from 'zod';
import type {
  Description,
  MigrationDetails,
  TargetDescription,
  UndoStep,
} from '../engine/ledger/description.ts';
import type { Applied } from '../engine/ledger/applied.ts';
import { truthOf } from '../engine/ledger/truth.ts';
import type { MigrationSummary } from '../engine/ledger/summary.ts';
import { livedPhases, phaseOf, type Plan } from '../engine/plan/plan.ts';
import { storedPlan, storedSettings } from '../engine/plan/stored.ts';
import { auditNow } from './steps/audited.ts';
import { ledgerOf, migrationsOf, unreadable } from './steps/read-ledger.ts';
import { restOfWorkers } from './steps/rest-of-workers.ts';
import { readDeploymentResources } from './runtime/deployment-resources.ts';
import { readFlag } from './runtime/read-flag.ts';
import { chosenTarget, targets, type Target } from './runtime/targets.ts';
import { task } from './runtime/task.ts';
import type { Tools as AllTools } from './runtime/tools.ts';

/** Enough to find out what they have in common. */
const stubbornShown = 5;

const input = z.object({ migration: z.string().optional(), target: z.string().optional() });

type Tools = Pick<AllTools, 'database' | 'ledger' | 'readFlag'>;

/** Made for each target here, since one answer may be about all of them. */
async function toolsFor(target: Target): Promise<Tools> {
  return { ...(await ledgerOf(target)), readFlag: readFlag(() => target) };
}

/**
 * Shows where everything of a target is, or of all of them, which migrations there are, and all of one of them. It
 * reads and changes nothing, and answers without a ledger and without a database too: then is when people ask.
 */
export const handler = task({ input, uses: {} }, async ({ migration, target }): Promise<Description> => {
  const named = migration ?? target;
  const asked = named === undefined ? targets() : [chosenTarget(target)];
  const described = await Promise.all(asked.map((each) => describe(each, migration)));
  return {
    targets: described.map(({ surroundings, ledger: state, migrations }) => ({
      surroundings,
      ledger: state,
      migrations,
    })),
    migration: described[0]?.migration ?? null,
  };
});

async function describe(target: Target, name: string | undefined): Promise<TargetDescription> {
  const surroundings = readDeploymentResources(process.env, target);
  const tools = await toolsFor(target);
  const read = await migrationsOf(tools.ledger);
  const asked = read.migrations.find((it) => it.name === name);
  try {
    return { surroundings, ...read, migration: asked ? await detailsOf(asked, tools) : null };
  } catch (error) {
    return { surroundings, ...unreadable(error), migration: null };
  }
}

async function detailsOf(summary: MigrationSummary, tools: Tools): Promise<MigrationDetails | null> {
  const { walks, journal } = tools.ledger;
  const record = await tools.ledger.find(summary.name);
  if (!record) return null;
  const plan = storedPlan(record);
  const settings = storedSettings(record);
  const applied = await tools.ledger.applied(summary.name);
  return {
    ...summary,
    settings,
    rest: summary.status === 'running' ? await restOfWorkers(settings, summary.phase, tools.database) : null,
    visits: [...(await journal.visits(summary.name))],
    shape: plan.shape,
    backfill: await walks.backfill(summary.name),
    verification: await walks.newestComparison(summary.name),
    stubborn: {
      first: (await walks.stubbornRows(summary.name)).slice(0, stubbornShown),
      list: tools.database.dialect.remedies.listStubborn(summary.name),
    },
    failure: await journal.lastFailure(summary.name),
    events: [...(await journal.latest(summary.name))],
    audit: await lookedAgain(await journal.lastAudit(summary.name), summary, plan, tools),
    reads: await readsOf(summary.name, tools),
    truth: plan.follow === undefined ? null : truthOf(plan, applied),
    steps: stepsOf(plan, applied),
  };
}

/** What a migration has left changes after its end, as people clear it away. The last audit where nobody can look now. */
async function lookedAgain(
  last: MigrationDetails['audit'],
  { status, epoch }: MigrationSummary,
  plan: Plan,
  tools: Tools,
): Promise<MigrationDetails['audit']> {
  if (last === null || (status !== 'completed' && status !== 'rolled-back')) return last;
  try {
    const detail = await auditNow(tools, plan, status);
    return { what: 'audit', at: new Date().toISOString(), epoch, detail };
  } catch {
    return last;
  }
}

// AppConfig may be what is broken; the rest is to be told all the same.
async function readsOf(migration: string, tools: Tools): Promise<MigrationDetails['reads']> {
  try {
    return { percent: await tools.readFlag.share(migration) };
  } catch (error) {
    return { unknown: error instanceof Error ? error.name : 'unknown error' };
  }
}

const stepsOf = (plan: Plan, applied: Applied): UndoStep[] =>
  livedPhases(plan).map((phase) => {
    const { undo } = phaseOf(plan, phase);
    return {
      phase,
      applied: applied.begun(phase),
      undo: 'irreversible' in undo ? undo : [...undo],
    };
  });
