import { createHash } from 'node:crypto';
import * as z from 'zod';
import { walkId } from '../engine/ledger/walk-id.ts';
import { lostPromises } from '../engine/audit/lost-promises.ts';
import { loadUsage } from '../engine/dialects/load-usage.ts';
import { hashedText, type CollectedEvidence } from '../engine/evidence/evidence.ts';
import { answer, judgeEvidence } from '../engine/evidence/judge-evidence.ts';
import type { Claim } from '../engine/ledger/ledger.ts';
import type { ContractMeasured, GateMeasurements } from '../engine/evidence/measured.ts';
import type { Plan } from '../engine/plan/plan.ts';
import { truthOf } from '../engine/ledger/truth.ts';
import { mostPartial } from '../engine/evidence/partial-writes.ts';
import { walkFor } from '../engine/plan/walk.ts';
import type { GateName, Settings } from '../engine/plan/settings.ts';
import {
  builtTable,
  isAliased,
  isSwapped,
  leavingPart,
  newColumns,
  readsMove,
  replacedColumns,
} from '../engine/shapes/shape.ts';
import {
  asFollowed,
  measureChanges,
  measureDifferences,
  measureDualWrite,
  measureRemarks,
} from './evidence/measure-changes.ts';
import { measureOldShape } from './evidence/measure-old-shape.ts';
import { measureRows } from './evidence/measure-rows.ts';
import { database, ledger } from './runtime/database.ts';
import { applicationNamespace } from './runtime/environment.ts';
import { guardrails } from './runtime/guardrails.ts';
import { metricHistory } from './runtime/metric-history.ts';
import { readFlag } from './runtime/read-flag.ts';
import { reportedReads } from './runtime/reported-reads.ts';
import { sqlParser } from './runtime/sql-parser.ts';
import { step, type Working } from './steps/step.ts';
import { measureStubborn } from './steps/stubborn.ts';

const input = z.object({
  migration: z.string(),
  epoch: z.number(),
  gate: z.enum(['read-switch', 'swap', 'contract']),
  walk: walkId,
  /** An approval, as the decide machine passed it on, and the hash of what the gate showed. */
  decision: z
    .object({
      decision: z.literal('approve'),
      reason: z.string(),
      decidedBy: z.string(),
      evidence: z.string().optional(),
      override: z.boolean().optional(),
      acknowledgeRollback: z.boolean().optional(),
    })
    .optional(),
  shown: z.string().optional(),
  /** Whether anybody is asked. */
  ask: z.boolean().default(true),
  /** Whether rows were compared once more for it. */
  comparedSince: z.boolean().optional(),
});
type Input = z.infer<typeof input>;

const uses = { database, ledger, guardrails, reportedReads, readFlag, metricHistory, applicationNamespace };

/** Days may pass before a gate is answered: a comparison is good for one, or until the next is due. */
const freshSeconds = 86_400;

/**
 * Measures what a gate asks for, now, and says what follows. Nothing that a hold or an approval says of the evidence is
 * believed; the approval is kept in the ledger with the hash of what it was given for.
 */
export const handler = step(
  { input, uses, before: ['guardrails', 'reads'], after: ['abort'] },
  async (
    { gate, walk, decision, shown, ask, comparedSince = false },
    { claim, plan, settings, tools },
  ): Promise<CollectedEvidence> => {
    const { journal } = tools.ledger;
    const approval = decision === undefined ? null : { decision, shown: shown ?? '', comparedSince };
    if (approval) await journal.keepDecision(claim, { ...approval.decision, gate, hash: approval.shown });
    const measured = await measure({ gate, walk }, claim, { plan, settings, tools });
    const judged = judgeEvidence(measured);
    const hash = createHash('sha256').update(hashedText(judged)).digest('hex');
    const collected = {
      ...judged,
      hash,
      ...answer(judged, measured, approval, ask ? null : { comparedSince }),
    };
    await journal.keepEvidence(claim, collected);
    return collected;
  },
);

interface Surroundings {
  readonly plan: Plan;
  readonly settings: Settings;
  readonly tools: Working<typeof uses>['tools'];
}

async function measure(
  { gate, walk }: Pick<Input, 'gate' | 'walk'>,
  claim: Claim,
  around: Surroundings,
): Promise<GateMeasurements> {
  const { plan, settings, tools } = around;
  const applied = await tools.ledger.applied(claim.migration);
  const unbuilt = (plan.phases.verify?.run ?? [])
    .filter((_, at) => !applied.has('verify', 'run', at))
    .map(({ does }) => does);
  const isWalked = walkFor(plan, walk.purpose, truthOf(plan, applied)) !== undefined;
  const rows = isWalked ? await measureRows(tools.ledger.walks, claim, walk) : null;
  const triggers = await measureDualWrite(
    asFollowed(plan, gate !== 'swap'),
    { claim, since: isWalked ? walk : null },
    tools.database,
  );
  const fresh = Math.max(freshSeconds, settings.confidence.reconcileEverySeconds);
  return {
    gate,
    now: new Date().toISOString(),
    rows:
      rows === null
        ? null
        : {
            ...rows,
            freshSeconds: fresh,
            mostPartial: mostPartial(plan, settings, truthOf(plan, applied)),
            changedTriggers: triggers.changed,
          },
    stubbornRows: await measureStubborn(claim, applied, { plan, settings, tools }),
    silentTriggers: triggers.silent,
    changedSince: await measureChanges(gate, plan, tools.database),
    differences: gate === 'swap' ? await measureDifferences(plan, 'swap', tools.database) : null,
    remarks: await measureRemarks(plan, tools.database),
    unbuilt,
    // What is not built yet is no loss.
    lost: unbuilt.length > 0 ? [] : await lostPromises(tools.database, builtAt(gate, plan)),
    leftBehind: plan.expects?.leftBehind ?? [],
    triggersBehind: gate === 'read-switch' ? await measureTriggers(plan, tools) : null,
    bound: await measureBound(gate, plan, tools),
    contract: gate === 'contract' ? await measureContract(claim, around) : null,
  };
}

/** The plan in the names of that gate: before they are exchanged, what was built has others, and a copy has it. */
function builtAt(gate: GateName, plan: Plan): Plan {
  if (gate !== 'swap') return { ...plan, table: builtTable(plan.shape, plan.table) };
  const { table, shape, expects, expectsBeforeSwap = expects } = plan;
  return { ...plan, table: shape.kind === 'tables' ? shape.new.table : table, expects: expectsBeforeSwap };
}

/** Views and whatever else knows the old column or table by its number, by the name that it has at that gate; null: nothing can. */
async function measureBound(
  gate: GateName,
  { shape, replacesViews }: Plan,
  tools: Surroundings['tools'],
): Promise<readonly string[] | null> {
  if (shape.kind === 'tables') {
    const { table } = shape.old;
    const place = gate === 'swap' ? table : { ...table, name: shape.aside };
    return (await loadUsage(tools.database, { table: place, columns: [] })).bound();
  }
  const alias = leavingPart(shape);
  // A rollback takes the view away that has the table's name.
  if (gate === 'read-switch' && alias?.base !== undefined)
    return (await loadUsage(tools.database, alias)).bound();
  if (!isSwapped(shape)) return null;
  const { table, columns } = shape.old;
  const names = gate === 'swap' ? columns.map(({ name }) => name) : shape.quarantined;
  const usage = await loadUsage(tools.database, { table, columns: names });
  // The swap makes again what it can, that too which came after the plan.
  const isRemaking = gate === 'swap' && replacesViews !== undefined;
  return usage.bound(isRemaking ? 'but remade' : 'all');
}

/** null where no reads move. */
async function measureTriggers(
  { shape, table }: Plan,
  tools: Surroundings['tools'],
): Promise<readonly string[] | null> {
  const columns = replacedColumns(shape).map(({ name }) => name);
  // Behind both names of an alias is one column: no trigger knows one of them alone.
  // Where columns go to another table, a trigger cannot set both.
  if (columns.length === 0 || isAliased(shape) || shape.kind === 'split') return null;
  const to = newColumns(shape).map(({ name }) => name);
  const usage = await loadUsage(tools.database, { table, columns });
  return usage.triggersBehind(to, await sqlParser());
}

async function measureContract(
  claim: Claim,
  { plan: { shape, replacesViews = [], altersPolicies = [] }, settings, tools }: Surroundings,
): Promise<ContractMeasured> {
  const { quarantineSeconds } = settings.contract;
  const leaving = leavingPart(shape);
  // Nothing goes when columns are only added, and nothing is in quarantine.
  if (leaving === null) return { oldShape: null, quarantineSeconds: 0 };
  const replaced = [
    ...replacesViews.map(({ schema, name }) => `view ${schema}.${name}`),
    ...altersPolicies.map((name) => `policy ${name}`),
  ];
  const around = { settings, tools, replaced, readsMove: readsMove(shape) };
  const oldShape = await measureOldShape(claim, leaving, around);
  return { oldShape, quarantineSeconds };
}
