import * as z from 'zod';
import { one } from '../engine/database/database.ts';
import { Fenced } from '../engine/database/errors.ts';
import { walkParameters } from '../engine/ledger/walk-id.ts';
import { askLeave } from './steps/going-on.ts';
import { claimed } from './steps/migration.ts';
import { task } from './runtime/task.ts';
import { walkInput } from './steps/walk-input.ts';
import type { ShardOfWalk } from './steps/walk-shard.ts';

const input = z.object({
  migration: z.string(),
  epoch: z.number(),
  walk: walkInput,
  enters: z.enum(['backfill', 'verify', 'confidence']).optional(),
});

// Small enough that workers finish together, large enough that a shard is worth a Lambda.
const rowsForAShard = 25_000;
const shardsForAWorker = 4;

/** Cuts the table into key ranges for a walk, or finds those of a walk that was begun; done ones are left out. */
export const handler = task(
  input,
  async ({ walk, enters, ...claim }, tools): Promise<{ readonly shards: readonly ShardOfWalk[] }> => {
    const it = await claimed(tools, claim);
    const { plan, settings } = it;
    await tools.guardrails.ask(settings.guardrails.rollback.alarms);
    askLeave(it);
    if (enters) await tools.ledger.enterPhase(claim, enters);
    if (plan.walk === null) return { shards: [] };
    const most = settings.backfill.parallelism * shardsForAWorker;
    const shards = Math.min(most, Math.max(1, Math.ceil(plan.estimatedRows / rowsForAShard)));
    const cut = await one(
      tools.database,
      { text: plan.walk.cut, parameters: { ...walkParameters(claim, walk), epoch: claim.epoch, shards } },
      z.object({ held: z.number(), cut: z.number() }),
    );
    if (cut.held === 0) throw new Fenced(`epoch ${claim.epoch} of ${claim.migration} is over`);
    const all = await tools.ledger.walks.shards(claim, walk);
    return { shards: all.filter(({ done }) => !done).map(({ shard }) => ({ ...claim, walk, shard })) };
  },
);
