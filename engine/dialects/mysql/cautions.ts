import type { Dialect } from '../dialect.ts';

/** What no tool can prevent in an application that names no columns, when a column of its table comes or goes. */
export const cautions: Dialect['cautions'] = (table, { comes, goes }) => {
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
