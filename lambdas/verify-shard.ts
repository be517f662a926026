import { database, ledger } from './runtime/database.ts';
import { guardrails } from './runtime/guardrails.ts';
import { withFailureNoted } from './steps/failure-note.ts';
import { step } from './steps/step.ts';
import { statementsNow } from './steps/walk-now.ts';
import { walkShard } from './steps/walk-shard.ts';
import { shardOfWalk } from './steps/shard.ts';

/** Compares every row of one shard, range by range, each in one snapshot. `done: false`: call again. */
export const handler = step(
  // The walk asks the guardrails and for leave by itself, every second.
  { input: shardOfWalk, uses: { database, ledger, guardrails }, before: [], after: [] },
  async (place, { plan, settings, tools }): Promise<{ readonly done: boolean }> => {
    const statements = await statementsNow(plan, place.walk, tools.ledger, 'check');
    if (statements === undefined) return { done: true };
    return withFailureNoted(tools, place, () => walkShard(statements, place, settings, tools));
  },
);
