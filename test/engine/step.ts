import { z } from 'zod';
import { one } from '../../engine/database/database.ts';
import { walkParameters, type Purpose } from '../../engine/ledger/walk-id.ts';
import { idOf, type MigrationUnderTest } from './migration-under-test.ts';

const state = z.object({
  state: z.enum(['going', 'done', 'fenced', 'rewritten']),
  rows: z.number().nullable(),
  changed: z.number().nullable(),
});
export type Step = z.infer<typeof state>;

/** One statement of a walk, without the worker around it. */
export function step(
  { plan, claim, database }: MigrationUnderTest,
  use: 'batch' | 'check',
  place: {
    readonly walk: Purpose;
    readonly shard: number;
    readonly rows: number;
    readonly lockTimeout?: string;
  },
): Promise<Step> {
  const { walk, shard, rows, lockTimeout = '300ms' } = place;
  const parameters = {
    ...walkParameters(claim, idOf(walk)),
    epoch: claim.epoch,
    shard,
    rows,
    lock_timeout: lockTimeout,
  };
  return one(database, { text: plan.walks[0]?.[use] ?? '', parameters }, state);
}
