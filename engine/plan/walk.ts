import * as z from 'zod';
import { purposes, type Purpose } from '../ledger/walk-id.ts';

/**
 * Statements that walk the rows by key. Without `batch` and `sweep` they only compare. All but `list`,
 * which takes nothing, take `:migration` and `:epoch`; all but `sweep` take `:purpose`, `:start` and `:n`, which name the walk, and `:shard`, or
 * `:shards` for `cut`; `batch` and `check` take `:rows` and `:lock_timeout`; `skip` takes `:sqlstate`, `sweep` takes `:key`.
 */
export const walkStatements = z.object({
  cut: z.string(),
  batch: z.exactOptional(z.string()),
  check: z.string(),
  skip: z.string(),
  sweep: z.exactOptional(z.string()),
  /** For people: shows the keys of rows that differ, of the first thousand. */
  list: z.string(),
});
export type WritingWalk = Readonly<Required<z.infer<typeof walkStatements>>>;
export type ComparingWalk = Pick<WritingWalk, 'cut' | 'check' | 'skip' | 'list'>;

export const walk = walkStatements
  .extend({
    purposes: z.array(z.enum(purposes)).readonly(),
    /** As long as this side is the truth; left out: whichever is. */
    truth: z.exactOptional(z.enum(['old', 'new'])),
  })
  .readonly();
export type Walk = z.infer<typeof walk>;

/** The side that wins where both differ. */
export type Truth = 'old' | 'new';

/** Of a walk, what writes no row. */
export const comparing = ({ cut, check, skip, list }: ComparingWalk): ComparingWalk => ({
  cut,
  check,
  skip,
  list,
});

const underTheirNames = purposes.filter((purpose) => purpose !== 'before-drop');

/** One walk for every purpose, as long as the columns bear their names. */
export const oneWalk = (writes: WritingWalk): readonly Walk[] => [{ ...writes, purposes: underTheirNames }];

/**
 * Where no trigger keeps both sides equal, every walk writes the side that is not the truth, those too that only compare elsewhere: what
 * it has to write is what some writer has left out.
 */
export const walksByTruth = (sides: Readonly<Record<Truth, WritingWalk>>): readonly Walk[] => [
  {
    ...sides.old,
    check: sides.old.batch,
    purposes: ['backfill', 'verify', 'repair', 'reconcile'],
    truth: 'old',
  },
  { ...sides.new, check: sides.new.batch, purposes: ['reconcile', 'before-contract'], truth: 'new' },
];

/** A plan's walk for a purpose, as long as this side is the truth; none where no row has to be written or compared for it. */
export const walkFor = (
  { walks }: { readonly walks: readonly Walk[] },
  purpose: Purpose,
  truth?: Truth,
): Walk | undefined =>
  walks.find(
    ({ purposes: its, truth: only }) =>
      its.includes(purpose) && (only === undefined || truth === undefined || only === truth),
  );
