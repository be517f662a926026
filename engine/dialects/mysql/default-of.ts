import { identifier } from './quote.ts';
import { isOfClock, takesNoLiteral, writtenDefault } from './written-default.ts';

/** A column as it is written whole, without its default and without NULL: `rest` stands behind the default. */
interface Whole {
  readonly column: string;
  readonly type: string;
  readonly rest: string;
}

/**
 * Gives a column that may be NULL its default, and takes it again. Only MODIFY takes CURRENT_TIMESTAMP, and what stands for a
 * literal in TEXT, BLOB and JSON.
 */
export function defaultActions(
  { column, type, rest }: Whole,
  otherwise: string,
): { readonly give: string; readonly take: string } {
  const name = identifier(column);
  if (!takesNoLiteral(type) && !isOfClock(otherwise))
    return {
      give: `ALTER COLUMN ${name} SET DEFAULT ${otherwise}`,
      take: `ALTER COLUMN ${name} SET DEFAULT NULL`,
    };
  const written = (value: string): string => `MODIFY COLUMN ${name} ${type}${value}${rest} NULL`;
  return { give: written(` DEFAULT ${writtenDefault(type, otherwise)}`), take: written('') };
}
