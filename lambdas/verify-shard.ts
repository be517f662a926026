import { claimed } from './steps/migration.ts';
import { noted } from './steps/noted.ts';
import { task } from './runtime/task.ts';
import { shardOfWalk, walkShard } from './steps/walk-shard.ts';

/** Compares every row of one shard, range by range, each in one snapshot. `done: false`: call again. */
export const handler = task(shardOfWalk, async (place, tools): Promise<{ readonly done: boolean }> => {
  const { plan, settings } = await claimed(tools, { migration: place.migration, epoch: place.epoch });
  const { walk } = plan;
  if (walk === null) return { done: true };
  return noted(tools, place, () => walkShard(walk, 'check', place, settings, tools));
});
