import { database, ledger } from './runtime/database.ts';
import { guardrails } from './runtime/guardrails.ts';
import { withFailureNoted } from './steps/failure-note.ts';
import { step } from './steps/step.ts';
import { statementsNow } from './steps/walk-now.ts';
import { walkShard } from './steps/walk-shard.ts';
import { publishProgress } from './steps/walk-metrics.ts';
import { namingWokenTriggers } from './steps/woken-triggers.ts';
import { shardOfWalk } from './steps/shard.ts';

/** Copies one shard, batch by batch, for as long as this invocation lasts. `done: false`: call again. */
export const handler = step(
  // The walk asks the guardrails and for leave by itself, every second.
  { input: shardOfWalk, uses: { database, ledger, guardrails }, before: [], after: [] },
  async (place, { plan, settings, tools }): Promise<{ readonly done: boolean }> => {
    const statements = await statementsNow(plan, place.walk, tools.ledger, 'batch');
    if (statements === undefined) return { done: true };
    const walked = await withFailureNoted(tools, place, () =>
      namingWokenTriggers(plan, tools, () => walkShard(statements, place, settings, tools)),
    );
    await publishProgress(place, plan.estimatedRows, tools);
    return walked;
  },
);
