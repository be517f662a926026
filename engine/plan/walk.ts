import * as z from 'zod';
import { purposes, type Purpose } from '../ledger/walk-id.ts';

/** Statements that write the rows of a table, and compare them. */
const writing = z.object({
  cut: z.string(),
  batch: z.string(),
  check: z.string(),
  skip: z.string(),
  sweep: z.string(),
});
export type WritingWalk = Readonly<z.infer<typeof writing>>;
export type ComparingWalk = Pick<WritingWalk, 'cut' | 'check' | 'skip'>;

/**
 * Statements that walk the rows by key, for some purposes. Without `batch` and `sweep` they only compare. All take
 * `:migration` and `:epoch`; all but `sweep` take `:purpose`, `:start` and `:n`, which name the walk, and `:shard`, or
 * `:shards` for `cut`; `batch` and `check` take `:rows` and `:lock_timeout`; `skip` takes `:sqlstate`, `sweep` takes `:key`.
 */
export const walkStatements = writing.extend({
  batch: z.exactOptional(z.string()),
  sweep: z.exactOptional(z.string()),
});
export const walk = walkStatements.extend({ purposes: z.array(z.enum(purposes)).readonly() }).readonly();
export type Walk = z.infer<typeof walk>;

/** One walk for every purpose. */
export const oneWalk = (writes: WritingWalk): readonly Walk[] => [{ ...writes, purposes }];

/** A plan's walk for a purpose; none where no row has to be written or compared for it. */
export const walkFor = ({ walks }: { readonly walks: readonly Walk[] }, purpose: Purpose): Walk | undefined =>
  walks.find((each) => each.purposes.includes(purpose));
