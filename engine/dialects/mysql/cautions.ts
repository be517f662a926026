import type { Dialect } from '../dialect.ts';

/** What no tool can prevent in an application that names no columns, when a column of its table comes. */
export const cautions: Dialect['cautions'] = (table, { comes }) => {
  const name = `${table.schema}.${table.name}`;
  return comes
    ? [
        `INSERT INTO ${name} VALUES (…) without a list of columns fails from expand on (1136, ER_WRONG_VALUE_COUNT_ON_ROW), ` +
          `and so does INSERT INTO … SELECT * FROM ${name}; SELECT * gives one column more. Name the columns before the start`,
      ]
    : [];
};
