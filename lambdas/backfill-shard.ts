import { publish } from './runtime/metrics.ts';
import { claimed } from './steps/migration.ts';
import { noted } from './steps/noted.ts';
import { task, type Tools } from './runtime/task.ts';
import { shardOfWalk, walkShard, type ShardOfWalk } from './steps/walk-shard.ts';

/** Copies one shard, batch by batch, for as long as this invocation lasts. `done: false`: call again. */
export const handler = task(shardOfWalk, async (place, tools): Promise<{ readonly done: boolean }> => {
  const { plan, settings } = await claimed(tools, { migration: place.migration, epoch: place.epoch });
  const { walk } = plan;
  if (walk === null) return { done: true };
  const walked = await noted(tools, place, () => walkShard(walk, 'batch', place, settings, tools));
  await tellProgress(place, plan.estimatedRows, tools);
  return walked;
});

async function tellProgress(
  { walk, ...claim }: ShardOfWalk,
  estimatedRows: number,
  { ledger }: Tools,
): Promise<void> {
  const { rows, seconds, shards, shardsDone } = await ledger.walks.progress(claim, walk);
  const left = shardsDone === shards ? 0 : Math.max(0, estimatedRows - rows);
  publish(claim.migration, {
    PercentDone: rows + left === 0 ? 100 : (100 * rows) / (rows + left),
    ...(rows > 0 ? { SecondsLeft: (left * seconds) / rows } : {}),
  });
}
