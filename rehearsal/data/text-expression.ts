import { literal } from '../database/postgres-names.ts';
import type { Hint } from './check-hints.ts';
import { matchingText } from './matching-text.ts';
import { naturalText } from './natural-text.ts';

interface TextPurpose {
  readonly column: string;
  readonly n: string;
  readonly hint: Hint;
  readonly choice: unknown;
}

/** Below this many characters a row number in decimal may not fit, and counts in 36 letters instead. */
const short = 10;

/** SQL that makes text within a column's length and what its checks say. */
export function textExpression(
  { column, n, hint, choice }: TextPurpose,
  type: { readonly name: string; readonly length?: number },
): string {
  const longest = Math.min(
    type.length ?? Number.POSITIVE_INFINITY,
    hint.maxLength ?? Number.POSITIVE_INFINITY,
  );
  const fresh = choice !== 'random';
  const shaped = shapedText(column, hint);
  if (shaped !== undefined) return shaped(n);
  if (fresh && longest <= short) return rowNumberText(n, longest);
  const natural = naturalText(column, n);
  const text = fresh && !natural.includes(n) ? `${natural} || ' ' || ${n}` : natural;
  return fitted(text, n, fresh, hint.minLength ?? 0, longest);
}

/** Text that a LIKE or a regular expression asks for; natural e-mail addresses suit theirs better than letters do. */
function shapedText(column: string, hint: Hint): ((n: string) => string) | undefined {
  if (/e_?mail/u.test(column.toLowerCase())) return undefined;
  if (hint.matches !== undefined) {
    const sql = matchingText(hint.matches);
    return sql === undefined ? undefined : () => sql;
  }
  const pattern = hint.like;
  if (pattern === undefined) return undefined;
  return (n) =>
    pattern
      .split('%')
      .map((part) => literal(part.replaceAll('_', 'a')))
      .join(` || md5(${n}::text) || `);
}

function fitted(text: string, n: string, fresh: boolean, shortest: number, longest: number): string {
  const long = shortest > 8 ? `rpad(${text}, greatest(${shortest}, length(${text})), 'x')` : text;
  const padded = shortest > 0 && shortest <= 8 ? `${long} || repeat('x', ${shortest})` : long;
  if (longest === Number.POSITIVE_INFINITY) return padded;
  // The number goes first where the end may be cut: else two rows' texts could become the same.
  return longest < 36 && fresh ? `left(${n} || ' ' || ${padded}, ${longest})` : `left(${padded}, ${longest})`;
}

const letters = '0123456789abcdefghijklmnopqrstuvwxyz';

/** The row's number in base 36, as wide as the column. */
export function rowNumberText(n: string, width: number): string {
  const places = Array.from(
    { length: Math.min(width, 12) },
    (_, place) => `${36 ** (Math.min(width, 12) - 1 - place)}`,
  );
  return places.map((power) => `substr('${letters}', 1 + ((${n} / ${power}) % 36)::int, 1)`).join(' || ');
}
