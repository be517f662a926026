import * as z from 'zod';

/**
 * What a walk over the rows is for. `backfill` copies, `repair` copies what a comparison found to differ. `verify` is a
 * comparison before reads move, whose differences are repaired; `reconcile` one of the confidence window; `before-contract`
 * the last one. `before-drop`: in the quarantine, of rows that have come unseen, whether the new side lacks what the old one holds. Where the application writes both sides, comparisons write what it has missed.
 */
export const purposes = [
  'backfill',
  'verify',
  'repair',
  'reconcile',
  'before-contract',
  'before-drop',
] as const;
export type Purpose = (typeof purposes)[number];

/** Whether a walk for it is there to write rows, and paced so; all others compare them. */
export const writesRows = (purpose: Purpose): boolean => purpose === 'backfill' || purpose === 'repair';

/** A walk of one start: the n-th for its purpose. The backfill is the migration's, and goes on from start to start. */
export const walkId = z.object({ purpose: z.enum(purposes), n: z.number().int() });
export type WalkId = Readonly<z.infer<typeof walkId>>;

export const theBackfill: WalkId = { purpose: 'backfill', n: 1 };

/** How statements name a walk; `epoch` is the one of the start. */
export const walkParameters = (
  { migration, epoch }: { readonly migration: string; readonly epoch: number },
  { purpose, n }: WalkId,
) => ({ migration, purpose, start: purpose === 'backfill' ? 0 : epoch, n });
export type WalkParameters = ReturnType<typeof walkParameters>;
