import * as z from 'zod';
import { walkId } from '../engine/ledger/walk-id.ts';
import { shardsOf } from '../engine/walk/shards.ts';
import { database, ledger } from './runtime/database.ts';
import { guardrails } from './runtime/guardrails.ts';
import { cutWalk } from './steps/cut-walk.ts';
import { step } from './steps/step.ts';
import type { ShardOfWalk } from './steps/shard.ts';
import { walkNow } from './steps/walk-now.ts';

const input = z.object({
  migration: z.string(),
  epoch: z.number(),
  walk: walkId,
  enters: z.enum(['backfill', 'verify', 'read-switch', 'confidence', 'quarantine']).optional(),
});

/** Cuts the table into key ranges for a walk, or finds those of a walk that was begun; done ones are left out. */
export const handler = step(
  {
    input,
    uses: { database, ledger, guardrails },
    before: ['guardrails', 'leave'],
    enters: ({ enters }) => enters,
    after: [],
  },
  async (
    { walk },
    { claim, plan, settings, tools },
  ): Promise<{ readonly shards: readonly (ShardOfWalk & { readonly target: string })[] }> => {
    const statements = await walkNow(plan, walk.purpose, tools.ledger);
    if (statements === undefined) return { shards: [] };
    const shards = shardsOf(plan.estimatedRows, settings.backfill.parallelism);
    await cutWalk(tools.database, claim, walk, { cut: statements.cut, shards });
    const all = await tools.ledger.walks.shards(claim, walk);
    const target = tools.target.name;
    return {
      shards: all.filter(({ done }) => !done).map(({ shard }) => ({ ...claim, target, walk, shard })),
    };
  },
);
