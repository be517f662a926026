import type { Online } from '../../plan/plan.ts';
import type { PairColumn } from '../dual-write.ts';
import { characterSet } from './character-set.ts';
import { inHeldSession } from './held-session.ts';
import { ourMode } from './ladder-procedure.ts';
import { hashOf, identifier, literal, shortName } from './quote.ts';

/** A column with the character set and the collation of its type, as ` CHARACTER SET … COLLATE …`. */
export interface TypedColumn extends Pick<PairColumn, 'column' | 'type'> {
  readonly charset: string;
}

/** A value of one column that follows from others of its row, by an expression of the author's. */
export interface Computed {
  readonly migration: string;
  /** What its value is for. */
  readonly way: 'up' | 'down' | 'fill' | 'repair';
  readonly expression: string;
  /** The columns that the expression may name. */
  readonly over: readonly TypedColumn[];
  readonly to: TypedColumn;
}

/** The hash keeps a function that another version of the file has left from being taken for this one. */
function functionName({ migration, way, expression, over, to }: Computed): string {
  const typed = [...over, to].map(({ column, type }) => [column, type]);
  return shortName(`${way}_${hashOf(JSON.stringify([migration, typed, expression]))}_${migration}`);
}

/** The value for a row; `row` stands before its columns: `NEW.`, or nothing. */
export const computedValue = (computed: Computed, row = ''): string =>
  `underpin.${identifier(functionName(computed))}(${computed.over.map(({ column }) => `${row}${identifier(column)}`).join(', ')})`;

/** The same of values that are not the row's as they stand. */
export const computedFromValues = (computed: Computed, values: readonly string[]): string =>
  `underpin.${identifier(functionName(computed))}(${values.join(', ')})`;

// What would be NULL without a word is a warning under it, too.
const computingMode = `${ourMode},ERROR_FOR_DIVISION_BY_ZERO`;

/**
 * An expression of the author's is a function that takes and gives values of the columns' own types. In an expression MySQL
 * makes 0 of 'abc', and cuts what is too long, with a warning: here every warning refuses the row, whatever mode the
 * writer is in. The parameters have the columns' names, so the expression stands as it was written.
 */
export function createFunction(computed: Computed): Online {
  const { migration, expression, over, to } = computed;
  const name = functionName(computed);
  const parameters = over.map((each) => `${identifier(each.column)} ${handedType(each)}`).join(', ');
  return inHeldSession(
    {
      does: `compute ${to.column}${over.length === 0 ? '' : ` from ${over.map(({ column }) => column).join(', ')}`}`,
      statement: `CREATE FUNCTION underpin.${identifier(name)}(${parameters})
  RETURNS ${handedType(to)}
  DETERMINISTIC NO SQL
  COMMENT ${literal(`underpin ${migration}`)}
BEGIN
  DECLARE underpin_value ${to.type}${to.charset};
  DECLARE underpin_number INT DEFAULT 1644;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION, SQLWARNING BEGIN
    GET CURRENT DIAGNOSTICS CONDITION 1 underpin_number = MYSQL_ERRNO;
    SIGNAL SQLSTATE '22000' SET MYSQL_ERRNO = underpin_number, MESSAGE_TEXT = 'the conversion refuses a value';
  END;
  SET underpin_value = (${expression});
  RETURN underpin_value;
END`,
      doneWhen: hasFunction(name),
    },
    computingMode,
  );
}

/**
 * Labels go in and out as text, and are checked in the variable: MySQL 9.7 dies of a prepared statement that calls a
 * function which gives an ENUM.
 */
const handedType = ({ type, charset }: TypedColumn): string =>
  `${/^(?:enum|set)\b/iu.test(type) ? 'varchar(4000)' : type}${charset}`;

export function dropFunction(computed: Computed): Online {
  const name = functionName(computed);
  return inHeldSession({
    does: `drop the function ${name}`,
    statement: `DROP FUNCTION IF EXISTS underpin.${identifier(name)}`,
    doneWhen: `NOT ${hasFunction(name)}`,
  });
}

const hasFunction = (name: string): string => `EXISTS (
    SELECT 1 FROM information_schema.routines AS r
    WHERE r.routine_schema = 'underpin' AND r.routine_type = 'FUNCTION' AND r.routine_name = ${literal(name)})`;

/** ` CHARACTER SET … COLLATE …` behind a type. */
export const charsetOf = (collation: string | null): string =>
  collation === null ? '' : ` CHARACTER SET ${characterSet(collation)} COLLATE ${collation}`;
