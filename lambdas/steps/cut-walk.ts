import * as z from 'zod';
import { one, type Database } from '../../engine/database/database.ts';
import { Fenced } from '../../engine/database/errors.ts';
import type { Claim } from '../../engine/ledger/claim.ts';
import { walkParameters, type WalkId } from '../../engine/ledger/walk-id.ts';

/** Cuts the table into this many shards for a walk, once; a walk that was begun is cut again only where the table was written anew. Raises Fenced. */
export async function cutWalk(
  database: Database,
  { migration, epoch }: Claim,
  walk: WalkId,
  { cut, shards }: { readonly cut: string; readonly shards: number },
): Promise<void> {
  const parameters = { ...walkParameters({ migration, epoch }, walk), epoch, shards };
  const answer = z.object({ held: z.number(), cut: z.number() });
  const { held } = await one(database, { text: cut, parameters }, answer);
  if (held === 0) throw new Fenced(`epoch ${epoch} of ${migration} is over`);
}
