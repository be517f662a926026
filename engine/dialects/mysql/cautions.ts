import type { TableName } from '../../spec/table-name.ts';
import type { Dialect, ReplacedColumn, TakenPlace } from '../dialect.ts';

type Nameless = (
  table: TableName,
  of: { readonly comes: boolean; readonly goes: ReplacedColumn | null },
) => readonly string[];

/** What no tool can prevent in an application that names no columns, when a column of its table comes or goes. */
export const cautions: Dialect['cautions'] = (table, { comes, goes, takesPlace }) => [
  ...(takesPlace === null ? [] : [...nullCautions(takesPlace), ...touchedCautions(table, takesPlace)]),
  ...nameless(table, { comes, goes }),
];

const notTold = 'MySQL does not tell which columns a statement names';

/** A NULL that is written is not told from a column that nobody has filled yet. */
const nullCautions = ({ old, new: next, isNullable }: TakenPlace): readonly string[] => {
  const [was, is] = [old.join(', '), next.join(', ')];
  if (next.length > 1)
    return [
      `NULL that is written into one of ${is}, in a row that the backfill has not reached yet, becomes what ${was} says: ${notTold}. ` +
        `A version that means NULL before its row is filled writes ${was} too`,
    ];
  return isNullable
    ? [
        `until reads move, an UPDATE that sets ${is} to NULL and leaves ${was} as it is gets the value of ${was}: ${notTold}. ` +
          'A version that means NULL writes it into both until then',
      ]
    : [];
};

/** What is set by itself is set behind the triggers there. */
const touchedCautions = (
  { schema, name }: TableName,
  { old, new: next, isTouched }: TakenPlace,
): readonly string[] =>
  isTouched
    ? [
        `from dual-write until the contract an UPDATE of several tables (UPDATE ${schema}.${name} JOIN …) that names ${old.join(', ')} or ${next.join(', ')} alone is refused (1644): ` +
          'MySQL sets the other one behind all triggers there. It may name both, or update one table',
      ]
    : [];

const nameless: Nameless = (table, { comes, goes }) => {
  const name = `${table.schema}.${table.name}`;
  // One that takes another's place cannot be seen until that one has gone.
  if (goes !== null)
    return goes.moves
      ? [
          `from the contract on INSERT INTO ${name} VALUES (…) without a list of columns, INSERT INTO … SELECT * FROM ${name} and SELECT * ` +
            'have the columns in another order: values land in other columns. Name the columns before the contract',
        ]
      : [];
  return comes
    ? [
        `INSERT INTO ${name} VALUES (…) without a list of columns fails from expand on (1136, ER_WRONG_VALUE_COUNT_ON_ROW), ` +
          `and so does INSERT INTO … SELECT * FROM ${name}; SELECT * gives one column more. Name the columns before the start`,
      ]
    : [];
};
