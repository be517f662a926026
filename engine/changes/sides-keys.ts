import * as z from 'zod';
import { faultMessage } from '../spec/fault.ts';
import { flag, section, valueMessage } from '../spec/spec-fields.ts';
import { sqlByName, sqlDefault, sqlExpression, typeName } from '../spec/sql-fields.ts';
import { identifierFault } from '../spec/parse-table-name.ts';

const newColumn = section(
  {
    type: typeName({ is: 'The type of the new column.', example: 'text' }),
    up: sqlExpression({
      is: 'An SQL expression over the old columns that computes its value.',
      example: "split_part(name, ' ', 1)",
      missing: {
        fact: 'Nothing says how its value follows from the old columns.',
        remedy: 'Write an SQL expression of the old columns, such as `up: …`.',
      },
    }),
    default: z.exactOptional(
      sqlDefault({ is: 'Its default. Required where an old column has one.', example: '"\'\'"' }),
    ),
    notNull: z.exactOptional(flag({ is: 'Refuse NULL, once every row has a value.', example: 'true' })),
  },
  { is: 'A new column.', example: "{ type: text, up: split_part(name, ' ', 1) }" },
);

const about = {
  is: 'The new columns, by name.',
  example: "{ first_name: { type: text, up: split_part(name, ' ', 1) } }",
};

/** The new side of a change of several columns. */
export const intoKey = (fewest: number) =>
  z
    .record(z.string(), newColumn, { error: valueMessage('the new columns by their names', about) })
    .check(({ value, issues }) => {
      for (const name of Object.keys(value)) {
        const fault = identifierFault(name);
        if (fault !== undefined)
          issues.push({ code: 'custom', input: name, path: [name], message: faultMessage(fault) });
      }
      if (Object.keys(value).length < fewest)
        issues.push({
          code: 'custom',
          input: value,
          message: faultMessage({
            fact: fewest === 1 ? 'There is no new column.' : 'One column in the place of one is no split.',
            remedy:
              fewest === 1
                ? 'Write at least one, by its name.'
                : 'Write two columns or more; for one there are rename-column and change-type.',
          }),
        });
    })
    .meta({ description: about.is });

/** What hangs on the old columns is never dropped in silence: the author says what takes its place. */
export const answers = {
  indexes: z.exactOptional(
    sqlByName('index', {
      is: 'For every index of an old column, by name: what follows `ON table` in CREATE INDEX, over the new columns; or `drop`. A unique index stays unique.',
      example: '(last_name, first_name)',
    }),
  ),
  checks: z.exactOptional(
    sqlByName('expression', {
      is: 'For every check of an old column, by name: the condition over the new columns; or `drop`.',
      example: "last_name <> ''",
    }),
  ),
  foreignKeys: z.exactOptional(
    z
      .record(
        z.string(),
        z.literal('drop', {
          error: faultMessage({
            fact: 'A foreign key of an old column cannot be carried over.',
            remedy: 'Write `drop`: it goes with the old columns.',
          }),
        }),
        {
          error: valueMessage('names, each with `drop`', { is: '', example: '{ addresses_zip_fkey: drop }' }),
        },
      )
      .meta({
        description:
          'For every foreign key of an old column, by its name: `drop`. It goes with the old columns.',
        examples: [{ addresses_zip_fkey: 'drop' }],
      }),
  ),
};
