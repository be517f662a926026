import * as z from 'zod';
import { walkId, type WalkId } from '../../engine/ledger/walk-id.ts';

// The state machine still names walks by words: verify-3, verify-3-again, verify-3-repair, reconcile-3-12.
const byName = z.string().transform((name): WalkId => {
  const again = name.split('-again').length - 1;
  const n = 1 + again;
  if (name.endsWith('-repair')) return { purpose: 'repair', n };
  if (name.startsWith('reconcile-')) return { purpose: 'reconcile', n: Number(name.split('-')[2]) };
  if (name.startsWith('again-'))
    return { purpose: 'reconcile', n: Number(name.split('-')[2]?.slice(0, 15)) + again };
  if (name.startsWith('before-contract-')) return { purpose: 'before-contract', n };
  return { purpose: name === 'backfill' ? 'backfill' : 'verify', n };
});

/** A walk as a task is given it. */
export const walkInput = z.union([walkId, byName]);
