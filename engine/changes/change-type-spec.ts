import * as z from 'zod';
import { faultMessage } from '../spec/fault.ts';
import { section, whenSound } from '../spec/spec-fields.ts';
import { columnName, sqlByName, sqlDefault, sqlExpression, typeName } from '../spec/sql-fields.ts';

const about = {
  is: 'A column gets another type: a new column takes its place, and every value is converted.',
  example: '{ kind: change-type, column: amount, to: amount_v2, type: numeric(14,4), up: …, down: … }',
};

export const changeTypeSpec = section(
  {
    kind: z.literal('change-type').describe(about.is),
    column: columnName({ is: 'The column whose type is wrong.', example: 'amount' }),
    to: columnName({
      is: 'The name of the new column. Both live side by side until the contract phase, so it is another name.',
      example: 'amount_v2',
      missing: {
        fact: 'The new column has no name; both live side by side for a while.',
        remedy: 'Write its name, such as `to: amount_v2`.',
      },
    }),
    type: typeName({ is: 'The type of the new column.', example: 'numeric(14,4)' }),
    up: sqlExpression({
      is: 'An SQL expression of the old column that gives the new value.',
      example: 'amount / 100.0',
      missing: {
        fact: 'Nothing says how a value of {column|old_column} becomes a value of {to|new_column}.',
        remedy:
          'Write an SQL expression of {column|old_column}, such as `up: CAST({column|old_column} AS {type|its_type})`.',
      },
    }),
    down: sqlExpression({
      is: 'An SQL expression of the new column that gives the old value, for the old application and for a rollback.',
      example: 'round(amount_v2 * 100)::integer',
      missing: {
        fact: 'Nothing says how a value of {to|new_column} becomes a value of {column|old_column}; a rollback would lose what was written to {to|new_column}.',
        remedy:
          'Write an SQL expression of {to|new_column}, such as `down: CAST({to|new_column} AS integer)` if {column|old_column} is an integer.',
      },
    }),
    default: z.exactOptional(
      sqlDefault({
        is: 'The default of the new column. Left out: the old default, converted by `up`, where it is a constant.',
        example: '0',
      }),
    ),
    indexes: z.exactOptional(
      sqlByName({
        is: 'For indexes of the old column that cannot be carried over, by their names: what stands behind `ON table` in CREATE INDEX, over the new column; or `drop`. A unique index stays one.',
        example: '(round(amount_v2))',
      }),
    ),
    checks: z.exactOptional(
      sqlByName({
        is: 'For checks of the old column that cannot be carried over, by their names: the condition over the new column; or `drop`.',
        example: 'amount_v2 >= 0',
      }),
    ),
  },
  about,
).refine(({ column, to }) => column !== to, {
  path: ['to'],
  when: whenSound('column', 'to'),
  error: faultMessage({
    fact: 'This is the old column; the new one lives beside it until the contract phase.',
    remedy: 'Write another name for the new column.',
  }),
});

export type ChangeType = Readonly<z.output<typeof changeTypeSpec>>;
