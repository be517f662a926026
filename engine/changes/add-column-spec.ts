import * as z from 'zod';
import { faultMessage } from '../spec/fault.ts';
import { flag, section, whenSound } from '../spec/spec-fields.ts';
import { columnName, sqlDefault, sqlExpression, typeName } from '../spec/sql-fields.ts';

const about = {
  is: 'The table gets a new column.',
  example: '{ kind: add-column, column: locale, type: text }',
};

export const addColumnSpec = section(
  {
    kind: z.literal('add-column').describe(about.is),
    column: columnName({ is: 'The name of the new column.', example: 'locale' }),
    type: typeName({ is: 'Its type.', example: 'text' }),
    default: z.exactOptional(
      sqlDefault({ is: 'Its default for new rows, an SQL expression.', example: `"'en'"` }),
    ),
    backfill: z.exactOptional(
      sqlExpression({
        is: 'An SQL expression over the row that gives the value for rows that exist.',
        example: "coalesce(country, 'en')",
      }),
    ),
    notNull: z.exactOptional(flag({ is: 'Refuse NULL, once every row has a value.', example: 'true' })),
  },
  about,
).refine(
  (change) => change.notNull !== true || change.default !== undefined || change.backfill !== undefined,
  {
    path: ['notNull'],
    when: whenSound('default', 'backfill', 'notNull'),
    error: faultMessage({
      fact: 'Rows that exist would have NULL: there is neither `default` nor `backfill`.',
      remedy: 'Write one of them, such as `default: "\'\'"`, or take `notNull` away.',
    }),
  },
);

export type AddColumn = Readonly<z.output<typeof addColumnSpec>>;
