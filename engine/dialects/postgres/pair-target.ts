import type { Pair } from '../dual-write.ts';
import { convertedTarget } from './converted-pair.ts';
import { distinct, namesOf } from './pair.ts';
import { identifier } from './quote.ts';
import type { Target } from './walk.ts';

/** Of a pair, a row is still to be written where its sides differ. */
export function pairTarget(pair: Pair): Target {
  if (pair.conversion) return convertedTarget(pair, pair.conversion);
  const old = namesOf(pair.old).map(identifier);
  const fresh = namesOf(pair.new).map(identifier);
  return {
    assigned: fresh.map((column, at) => ({ column, value: old[at] ?? '' })),
    unfilled: pair.old.map((column, at) => distinct(fresh[at] ?? '', old[at] ?? '', column)).join(' OR '),
    settings: null,
    isPartitioned: pair.isPartitioned,
  };
}
