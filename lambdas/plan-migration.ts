import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { compile } from '../engine/compile.ts';
import { preflight } from '../engine/preflight.ts';
import { probeOnline } from '../engine/database/online-probe.ts';
import { loadDialect } from '../engine/dialects/load-dialect.ts';
import { installLedger } from '../engine/ledger/install.ts';
import type { Claim, LedgerRecord } from '../engine/ledger/ledger.ts';
import type { Plan } from '../engine/plan/plan.ts';
import { storedPlan } from '../engine/plan/stored.ts';
import { schedule, type Schedule } from '../engine/preview/schedule.ts';
import type { Spec } from '../engine/spec/spec.ts';
import { startDelay, type StartDelay } from '../engine/spec/start-delay.ts';
import { databaseBy, ledger } from './runtime/database.ts';
import { environment } from './runtime/environment.ts';
import { publishOpen } from './runtime/metrics.ts';
import { sqlParser } from './runtime/sql-parser.ts';
import { guardrailsOf } from './runtime/targets.ts';
import { task } from './runtime/task.ts';
import type { Made } from './runtime/tools.ts';
import { askChecklist } from './steps/asked-checklist.ts';
import { entryOf } from './steps/claim-entry.ts';
import { goOn, type GoesBack } from './steps/half-done.ts';
import { readMigration } from './steps/migration-file.ts';
import { refuseLargePlan } from './steps/plan-size.ts';

const input = z.object({
  migration: z.string(),
  execution: z.string(),
  takeOver: z.boolean().default(false),
});

const uses = { database: databaseBy(loadDialect), ledger };
type Tools = Made<typeof uses>;

interface Planned extends Schedule, StartDelay {
  readonly heldBy: null;
  readonly epoch: number;
  readonly goesBack: GoesBack | null;
}

/**
 * Reads the migration, checks it against the database, compiles it and claims it with a new epoch.
 * A migration that was rolled back or stopped goes on from what still stands, or goes back first. Gives `heldBy` when another
 * execution has it. Raises InvalidSpec, PreflightFailed, Fenced, and what the database raises.
 */
export const handler = task(
  { input, uses },
  async ({ migration, execution, takeOver }, tools): Promise<Planned | { readonly heldBy: string }> => {
    const spec = await readMigration(migration);
    const record = await tools.ledger.find(migration);
    const running = record?.status === 'running' ? record : undefined;
    const own = running?.execution === execution ? running : undefined;
    if (running && !own && !takeOver) return { heldBy: running.execution };
    // The machine has gone on with an answer: whatever comes now, a call that was sent twice, moves nothing under it.
    if (own && own.phase !== 'plan') return answerOf(spec, claimedBy(spec.name, own), null, tools);
    await tools.ledger.refuseIfHeld(migration, spec.table);
    const halfDone = record ? await goOn(spec, record, { execution, tools }) : null;
    // The epoch as it was before all checks: who has claimed it since is another execution, and has it.
    const seen = halfDone?.claim.epoch ?? record?.epoch ?? 0;
    const claimed = halfDone?.plan
      ? halfDone
      : await begin(spec, seen, { execution, tools, own: halfDone === null ? own : undefined });
    return answerOf(spec, claimed, halfDone?.goesBack ?? null, tools);
  },
);

interface Claimed {
  readonly claim: Claim;
  readonly plan: Plan;
}

const claimedBy = (migration: string, record: LedgerRecord): Claimed => ({
  claim: { migration, epoch: record.epoch },
  plan: storedPlan(record),
});

function answerOf(spec: Spec, { claim, plan }: Claimed, goesBack: GoesBack | null, tools: Tools): Planned {
  publishOpen(tools.target, 1);
  return {
    heldBy: null,
    epoch: claim.epoch,
    goesBack,
    ...schedule(spec, plan),
    // Whichever of them goes on fails an open hold of this migration.
    alarms: [guardrailsOf(tools.target), ...spec.guardrails.rollback.alarms],
    ...startDelay(spec.changeWindow, Date.now()),
  };
}

/**
 * Nothing stands yet: check, compile, claim. `own`: what this execution has claimed already, by an answer that was lost or that the machine
 * goes on with; where the plan is still the same it stays, for a new epoch would fence that answer.
 */
async function begin(
  spec: Spec,
  seen: number,
  {
    execution,
    tools,
    own,
  }: { readonly execution: string; readonly tools: Tools; readonly own: LedgerRecord | undefined },
): Promise<Claimed> {
  const planning = { database: tools.database, parser: await sqlParser() };
  const subject = await preflight(spec, planning);
  if (environment().UNDERPIN_CHECKLIST === 'required') await askChecklist(spec, subject, tools);
  await installLedger(tools.database);
  const plan = await compile(spec, subject, planning);
  if (own && isDeepStrictEqual(storedPlan(own), plan)) return claimedBy(spec.name, own);
  const entry = entryOf(spec, { plan, execution, seen });
  refuseLargePlan(entry);
  await probeOnline(plan, tools.database, attemptNow());
  return { claim: await tools.ledger.claim(entry), plan };
}

const attemptNow = (): string => `${Math.floor(Date.now() / 1000)}_${randomUUID().slice(0, 8)}`;
