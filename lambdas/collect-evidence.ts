import { createHash } from 'node:crypto';
import * as z from 'zod';
import { describeDependents } from '../engine/dialects/postgres/catalog.ts';
import { hashedText, judgeEvidence, type Evidence } from '../engine/evidence.ts';
import type { Plan } from '../engine/plan.ts';
import { claimed } from './runtime/migration.ts';
import { task, type Tools } from './runtime/task.ts';

const input = z.object({
  migration: z.string(),
  epoch: z.number(),
  gate: z.enum(['read-switch', 'contract']),
  walk: z.string(),
});

/** Measures what a gate asks for, now. */
export const handler = task(input, async ({ gate, walk, ...claim }, tools): Promise<Evidence> => {
  const { plan, settings } = await claimed(tools, claim);
  await tools.guardrails.ask(settings.guardrails.rollback.alarms);
  const { rows, changed, shards, shardsDone } = await tools.ledger.progress(claim.migration, walk);
  const applied = await tools.ledger.applied(claim.migration);
  const judged = judgeEvidence({
    now: new Date().toISOString(),
    gate,
    comparesRows: plan.walk !== null,
    verification: { rows, mismatches: changed, finished: shards > 0 && shardsDone === shards },
    stubbornRows: await tools.ledger.stubbornCount(claim.migration),
    unbuilt: plan.phases.verify.run
      .filter((_, at) => !applied.has(`verify/run-${at}`))
      .map(({ does }) => does),
    readSharePercent: await tools.readFlag.share(claim.migration),
    readsMove: plan.shape.kind === 'pair',
    dependents: gate === 'contract' ? await dependents(plan, tools) : [],
  });
  return { ...judged, hash: createHash('sha256').update(hashedText(judged)).digest('hex') };
});

async function dependents({ shape, table }: Plan, { database }: Tools): Promise<readonly string[]> {
  if (shape.kind === 'added') return [];
  const found = await database.rows(
    describeDependents(table, shape.old.column),
    z.object({ what: z.string() }),
  );
  return found.map(({ what }) => what);
}
