import type { Authority, Pair } from '../dual-write.ts';
import { convertingFunctions } from './converting-functions.ts';
import { createFunction } from './trigger.ts';
import { assigned, by4, end, newWins, WrittenSides } from './written-sides.ts';

/**
 * The functions behind the pair's triggers. When both sides were written and disagree, the authority wins; when neither was,
 * the row has not been written since dual write began, and the old side is the truth.
 * Replacing them changes the authority, or follows renamed old columns, without a lock on the table.
 */
export const pairFunctions = (
  pair: Pair,
  authority: Authority,
  oldNow: readonly string[],
): readonly string[] =>
  pair.conversion
    ? convertingFunctions(pair, authority, oldNow)
    : copyingFunction(pair, authority, new WrittenSides(pair, oldNow));

function copyingFunction(pair: Pair, authority: Authority, sides: WrittenSides): readonly string[] {
  const hasDefault = [...pair.old, ...pair.new].some((column) => column.default !== null);
  return createFunction(pair, 'dual write', hasDefault ? 'writer, by our path' : 'writer', [
    ...sides.whoWrote(authority),
    `  IF ${newWins(authority)} THEN`,
    ...by4(assigned(sides.old, sides.new)),
    '  ELSE',
    ...by4(assigned(sides.new, sides.old)),
    '  END IF;',
    ...end,
  ]);
}
