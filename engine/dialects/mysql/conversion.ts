import type { Online } from '../../plan/plan.ts';
import type { Pair, PairColumn } from '../dual-write.ts';
import { inHeldSession } from './held-session.ts';
import { ourMode } from './ladder-procedure.ts';
import { same } from './pair.ts';
import { hashOf, identifier, literal, shortName } from './quote.ts';

/** Which side a value is computed for. */
type Way = 'up' | 'down';

/** A column with the character set and the collation of its type. */
export interface TypedColumn extends PairColumn {
  readonly charset: string;
}

/** Both sides of a pair of one column each, and the author's expressions for them. */
export interface Conversion {
  readonly migration: string;
  readonly old: PairColumn;
  readonly new: PairColumn;
  readonly up: string;
  readonly down: string;
}

/** Undefined for a pair that is equal. */
export function conversionOf({
  migration,
  old: [old],
  new: [next],
  conversion,
}: Pair): Conversion | undefined {
  const [up, down] = [conversion?.up[0], conversion?.down[0]];
  if (up === undefined || down === undefined || old === undefined || next === undefined) return undefined;
  return { migration, old, new: next, up, down };
}

/** The hash keeps a function that another version of the file has left from being taken for this one. */
function functionName({ migration, old, new: next, up, down }: Conversion, way: Way): string {
  const does = JSON.stringify([migration, old.column, old.type, next.column, next.type, up, down]);
  return shortName(`${way}_${hashOf(does)}_${migration}`);
}

/** A value of the other side, as an expression, converted. */
export const convertedValue = (conversion: Conversion, way: Way, value: string): string =>
  `underpin.${identifier(functionName(conversion, way))}(${value})`;

/**
 * Whether both sides of a row agree: a lossy conversion does when either direction gives what is there. CASE fixes the
 * order: `down` is asked only where `up` says no, and NULL never counts as written by the new side.
 */
export const agreement = (
  conversion: Conversion,
  values: { readonly old: string; readonly new: string },
): string =>
  [
    `CASE WHEN ${values.new} IS NULL THEN ${convertedValue(conversion, 'up', values.old)} IS NULL`,
    `WHEN ${same(values.new, convertedValue(conversion, 'up', values.old), conversion.new.type)} THEN TRUE`,
    `ELSE ${same(values.old, convertedValue(conversion, 'down', values.new), conversion.old.type)} END`,
  ].join(' ');

// What would be NULL without a word is a warning under it, too.
const conversionMode = `${ourMode},ERROR_FOR_DIVISION_BY_ZERO`;

/**
 * Each expression of the author's is a function that takes and gives values of the columns' own types. In an expression
 * MySQL makes 0 of 'abc', and cuts what is too long, with a warning: here every warning refuses the row, whatever mode the
 * writer is in. The parameter has the column's name, so the expression stands as it was written.
 */
export function createConversions(
  conversion: Conversion,
  sides: { readonly old: TypedColumn; readonly new: TypedColumn },
): readonly Online[] {
  const create = (way: Way, from: TypedColumn, to: TypedColumn): Online => {
    const name = functionName(conversion, way);
    return inHeldSession(
      {
        does: `convert ${from.column} to ${to.column}`,
        statement: `CREATE FUNCTION underpin.${identifier(name)}(${identifier(from.column)} ${handedType(from)})
  RETURNS ${handedType(to)}
  DETERMINISTIC NO SQL
  COMMENT ${literal(`underpin ${conversion.migration}`)}
BEGIN
  DECLARE underpin_value ${to.type}${to.charset};
  DECLARE underpin_number INT DEFAULT 1644;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION, SQLWARNING BEGIN
    GET CURRENT DIAGNOSTICS CONDITION 1 underpin_number = MYSQL_ERRNO;
    SIGNAL SQLSTATE '22000' SET MYSQL_ERRNO = underpin_number, MESSAGE_TEXT = 'the conversion refuses a value';
  END;
  SET underpin_value = (${conversion[way]});
  RETURN underpin_value;
END`,
        doneWhen: hasFunction(name),
      },
      conversionMode,
    );
  };
  return [create('up', sides.old, sides.new), create('down', sides.new, sides.old)];
}

/**
 * Labels go in and out as text, and are checked in the variable: MySQL 9.7 dies of a prepared statement that calls a
 * function which gives an ENUM.
 */
const handedType = ({ type, charset }: TypedColumn): string =>
  `${/^(?:enum|set)\b/iu.test(type) ? 'varchar(4000)' : type}${charset}`;

export const dropConversions = (conversion: Conversion): readonly Online[] =>
  (['up', 'down'] as const).map((way) => {
    const name = functionName(conversion, way);
    return inHeldSession({
      does: `drop the function ${name}`,
      statement: `DROP FUNCTION IF EXISTS underpin.${identifier(name)}`,
      doneWhen: `NOT ${hasFunction(name)}`,
    });
  });

const hasFunction = (name: string): string => `EXISTS (
    SELECT 1 FROM information_schema.routines AS r
    WHERE r.routine_schema = 'underpin' AND r.routine_type = 'FUNCTION' AND r.routine_name = ${literal(name)})`;

/** ` CHARACTER SET … COLLATE …` behind a type; a collation's name begins with its character set. */
export const charsetOf = (collation: string | null): string =>
  collation === null ? '' : ` CHARACTER SET ${collation.split('_')[0] ?? ''} COLLATE ${collation}`;
