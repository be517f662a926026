import * as z from 'zod';
import { purposes, type Purpose } from '../ledger/walk-id.ts';

/** Statements that write the rows of a table, and compare them. */
const writing = z.object({
  cut: z.string(),
  batch: z.string(),
  check: z.string(),
  skip: z.string(),
  sweep: z.string(),
  /** For people: shows the keys of rows that differ, of the first thousand. */
  list: z.string(),
});
export type WritingWalk = Readonly<z.infer<typeof writing>>;
export type ComparingWalk = Pick<WritingWalk, 'cut' | 'check' | 'skip' | 'list'>;

/** Of a walk, what writes no row. */
export const comparing = ({ cut, check, skip, list }: ComparingWalk): ComparingWalk => ({
  cut,
  check,
  skip,
  list,
});

/**
 * Statements that walk the rows by key, for some purposes. Without `batch` and `sweep` they only compare. All but `list`,
 * which takes nothing, take `:migration` and `:epoch`; all but `sweep` take `:purpose`, `:start` and `:n`, which name the walk, and `:shard`, or
 * `:shards` for `cut`; `batch` and `check` take `:rows` and `:lock_timeout`; `skip` takes `:sqlstate`, `sweep` takes `:key`.
 */
export const walkStatements = writing.extend({
  batch: z.exactOptional(z.string()),
  sweep: z.exactOptional(z.string()),
});
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

const underTheirNames = purposes.filter((purpose) => purpose !== 'before-drop');

/** One walk for every purpose, as long as the columns bear their names. */
export const oneWalk = (writes: WritingWalk): readonly Walk[] => [{ ...writes, purposes: underTheirNames }];

/** Once the old columns are set aside. */
export const walkInQuarantine = (compares: ComparingWalk): Walk => ({
  ...comparing(compares),
  purposes: ['before-drop'],
});

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

/** Whether rows are walked for a purpose, whichever side is the truth. */
export const isWalkedFor = ({ walks }: { readonly walks: readonly Walk[] }, purpose: Purpose): boolean =>
  walks.some(({ purposes: its }) => its.includes(purpose));

/** A plan's walk for a purpose; none where no row has to be written or compared for it. */
export const walkFor = (
  { walks }: { readonly walks: readonly Walk[] },
  purpose: Purpose,
  truth: Truth = 'old',
): Walk | undefined =>
  walks.find((each) => each.purposes.includes(purpose) && (each.truth ?? truth) === truth);
