import * as z from 'zod';
import { walkId } from '../../engine/ledger/walk-id.ts';

/** A shard of a walk, and the claim by which it is walked. */
export const shardOfWalk = z.object({
  migration: z.string(),
  epoch: z.number(),
  walk: walkId,
  shard: z.number(),
});
export type ShardOfWalk = z.infer<typeof shardOfWalk>;

/** What writes or compares the next rows, what passes over one that refuses, and what cuts a table that was written anew. */
export interface ShardStatements {
  readonly work: string;
  readonly skip: string;
  readonly cut: string;
}
