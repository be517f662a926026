import { inspectorOf, planningDialectOf } from '../engine/dialects/planning-dialect.ts';
import { loadDialect } from '../engine/dialects/load-dialect.ts';
import { installLedger } from '../engine/ledger/install.ts';
import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { startDelay, type StartDelay } from '../engine/spec/start-delay.ts';
import type { Subject } from '../engine/changes/kind.ts';
import { refuseWhileOpen } from '../engine/preview/checklist.ts';
import { movesReads, oldColumnsOf } from '../engine/changes/bound-kind.ts';
import { compile, preflight } from '../engine/compile.ts';
import { InvalidSpec, PreflightFailed } from '../engine/database/errors.ts';
import type { Claim, LedgerRecord } from '../engine/ledger/ledger.ts';
import { probeOnline } from '../engine/database/online-probe.ts';
import type { Plan } from '../engine/plan/plan.ts';
import { schedule, type Schedule } from '../engine/preview/schedule.ts';
import { parseSpec, type Spec } from '../engine/spec/spec.ts';
import { storedPlan } from '../engine/plan/stored.ts';
import { putBackLeftovers } from './steps/leftovers.ts';
import { sqlParser } from './runtime/sql-parser.ts';
import { databaseBy, ledger } from './runtime/database.ts';
import { environment } from './runtime/environment.ts';
import { guardrailsOf } from './runtime/targets.ts';
import { task } from './runtime/task.ts';
import { longestCall, mostCharactersOfCall } from '../engine/plan/longest-call.ts';
import type { Made } from './runtime/tools.ts';

const input = z.object({
  migration: z.string(),
  execution: z.string(),
  takeOver: z.boolean().default(false),
});

const uses = { database: databaseBy(loadDialect), ledger };
type Tools = Made<typeof uses>;

type Planned =
  ({ readonly heldBy: null; readonly epoch: number } & Schedule & StartDelay) | { readonly heldBy: string };

// The ledger gives declaration, plan and settings in one answer, which holds 1 MiB: JSON in JSON in JSON, and what was quoted in the
// first is four times as long in the third.
const mostBytes = 200_000;
const shorter = 'Shorten its expressions, for instance by moving them into a function.';

/**
 * Reads the migration, checks it against the database, compiles it and claims it with a new epoch.
 * A migration that was rolled back or stopped goes on from what still stands. Gives `heldBy` when another execution has
 * it. Raises InvalidSpec, PreflightFailed, Fenced, and what the database raises.
 */
export const handler = task(
  { input, uses },
  async ({ migration, execution, takeOver }, tools): Promise<Planned> => {
    const spec = await readSpec(migration, migrationsFolder());
    const record = await tools.ledger.find(migration);
    if (record && record.status === 'running' && record.execution !== execution && !takeOver)
      return { heldBy: record.execution };
    await tools.ledger.refuseIfHeld(migration, spec.table);
    const standing = record ? await goOn(spec, record, { execution, tools }) : null;
    // The epoch as it was before all checks: who has claimed it since is another execution, and has it.
    const seen = standing?.claim.epoch ?? record?.epoch ?? 0;
    const planned = isPlanned(standing) ? standing : await begin(spec, seen, { execution, tools });
    return {
      heldBy: null,
      epoch: planned.claim.epoch,
      ...schedule(spec, planned.plan),
      // Whichever of them goes on fails an open hold of this migration.
      alarms: [guardrailsOf(tools.target), ...spec.guardrails.rollback.alarms],
      ...startDelay(spec.changeWindow, Date.now()),
    };
  },
);

interface PlannedClaim {
  readonly claim: Claim;
  readonly plan: Plan;
}

/** Claimed, and what stood had to be put back, all of it. */
interface NothingLeft {
  readonly claim: Claim;
  readonly plan: null;
}

const isPlanned = (standing: PlannedClaim | NothingLeft | null): standing is PlannedClaim =>
  standing !== null && standing.plan !== null;

interface Surroundings {
  readonly execution: string;
  readonly tools: Tools;
}

/** Nothing stands yet: check, compile, claim. */
async function begin(spec: Spec, seen: number, { execution, tools }: Surroundings): Promise<PlannedClaim> {
  const planning = { database: tools.database, parser: await sqlParser() };
  const subject = await preflight(spec, planning);
  if (environment().UNDERPIN_CHECKLIST === 'required') await askChecklist(spec, subject, tools);
  await installLedger(tools.database);
  const plan = await compile(spec, subject, planning);
  const claimed = entry(spec, { plan, execution, seen });
  const bytes = Buffer.byteLength(JSON.stringify(claimed));
  if (bytes > mostBytes)
    throw new PreflightFailed(
      `the plan of ${spec.name} and its settings take ${bytes} bytes, and ${mostBytes} is the most. ` +
        shorter,
    );
  const call = longestCall(plan);
  if (call.characters > mostCharactersOfCall)
    throw new PreflightFailed(
      `the plan of ${spec.name} has a call (${call.does}) of ${call.characters} characters of SQL, and ${mostCharactersOfCall} is the most. ` +
        shorter,
    );
  await probeOnline(plan, tools.database, attemptNow());
  return { claim: await tools.ledger.claim(claimed), plan };
}

const attemptNow = (): string => `${Math.floor(Date.now() / 1000)}_${randomUUID().slice(0, 8)}`;

/** Before anything is touched: what nobody has thought of now will be asked at night. */
async function askChecklist(spec: Spec, subject: Subject, tools: Tools): Promise<void> {
  const replaced = oldColumnsOf(spec.change);
  const statistics = await inspectorOf(tools.database).statistics(spec.table, {
    key: subject.catalog.key[0]?.name ?? null,
    columns: replaced,
  });
  refuseWhileOpen({
    spec,
    statistics,
    sql: planningDialectOf(tools.database),
    readsMove: movesReads(spec.change),
  });
}

/** Something may stand from an earlier execution: claim it as it is, and put back what must not stand now. */
async function goOn(
  spec: Spec,
  record: LedgerRecord,
  { execution, tools }: Surroundings,
): Promise<PlannedClaim | NothingLeft | null> {
  const standing = await tools.ledger.applied(spec.name);
  if (record.status === 'completed' || standing.contracted())
    throw new PreflightFailed(`${spec.name} was completed already; a new change needs a new migration file`);
  if (standing.nothing()) return null;
  if (record.declaration !== declarationOf(spec))
    throw new PreflightFailed(
      `${spec.name} stands half done in the database, but its table, change or dependents were edited since. ` +
        'Put the file back, or run it once more with `onRollback: remove` and reject its first gate.',
    );
  const plan = storedPlan(record);
  const claim = await tools.ledger.claim(entry(spec, { plan, execution, seen: record.epoch }));
  const left = await putBackLeftovers(tools, claim, plan, spec.lockTimeoutMs);
  return { claim, plan: left ? plan : null };
}

const entry = (
  spec: Spec,
  { plan, execution, seen }: { readonly plan: Plan; readonly execution: string; readonly seen: number },
) => {
  const { source: _, rehearsal: __, dependents: ___, ...settings } = spec;
  return { migration: spec.name, seen, execution, declaration: declarationOf(spec), plan, settings };
};

const declarationOf = ({ table, change, dependents }: Spec): string =>
  JSON.stringify({ table, change, dependents });

// On Lambda a relative folder is one beside the handler.
const migrationsFolder = (): string =>
  resolve(process.env['LAMBDA_TASK_ROOT'] ?? '', environment().UNDERPIN_MIGRATIONS);

async function readSpec(migration: string, folder: string): Promise<Spec> {
  const files = (await readdir(folder)).filter((file) => /\.ya?ml$/u.test(file));
  const named = files.filter((file) => file.replace(/^\d+-/u, '').replace(/\.ya?ml$/u, '') === migration);
  const [file] = named;
  if (file === undefined)
    throw new InvalidSpec(`there is no migration "${migration}" among: ${files.join(', ')}`);
  if (named.length > 1)
    throw new InvalidSpec(`more than one file declares "${migration}": ${named.join(', ')}`);
  return parseSpec(await readFile(join(folder, file), 'utf8'), file);
}
