import * as z from 'zod';
import { faultMessage } from '../spec/fault.ts';
import { section, whenSound } from '../spec/spec-fields.ts';
import { dualWrite } from './written-by.ts';
import { columnName, sqlByName, sqlDefault, sqlExpression, typeName } from '../spec/sql-fields.ts';

const about = {
  is: "Changes a column's type: every value is converted into a new column, which replaces the old one.",
  example: '{ kind: change-type, column: amount, to: amount_v2, type: numeric(14,4), up: …, down: … }',
};

/** What an author writes of a change of type. */
export const changeTypeKeys = section(
  {
    kind: z.literal('change-type').describe(about.is),
    column: columnName({ is: 'The column whose type changes.', example: 'amount' }),
    to: z.exactOptional(
      columnName({
        is: 'The name of the new column: both live side by side until the contract phase, and readers move from one to the other. If left out, the column keeps its name: the old and the new column exchange names under one short lock, and no reader has to move.',
        example: 'amount_v2',
      }),
    ),
    type: typeName({ is: 'The type of the new column.', example: 'numeric(14,4)' }),
    up: z.exactOptional(
      sqlExpression({
        is: 'An SQL expression over the old column that computes the new value. May be left out where the column keeps its name; then a cast.',
        example: 'amount / 100.0',
      }),
    ),
    down: z.exactOptional(
      sqlExpression({
        is: 'An SQL expression over the new column that computes the old value, for the old application and for a rollback. Where the column keeps its name, use that name.',
        example: 'round(amount_v2 * 100)::integer',
      }),
    ),
    default: z.exactOptional(
      sqlDefault({
        is: 'The default of the new column. If left out, the old default, converted by `up`.',
        example: '0',
      }),
    ),
    indexes: z.exactOptional(
      sqlByName('index', {
        is: 'For each index of the old column that cannot be carried over, by name: what follows `ON table` in CREATE INDEX, over the new column; or `drop`. A unique index stays unique.',
        example: '(round(amount_v2))',
      }),
    ),
    checks: z.exactOptional(
      sqlByName('expression', {
        is: 'For each check of the old column that cannot be carried over, by name: the condition over the new column; or `drop`.',
        example: 'amount_v2 >= 0',
      }),
    ),
    dualWrite,
  },
  about,
)
  .refine(({ column, to }) => column !== to, {
    path: ['to'],
    when: whenSound('column', 'to'),
    error: faultMessage({
      fact: 'This is the old column; the new one lives beside it until the contract phase.',
      remedy: 'Write another name for the new column; or leave `to` out, and the column keeps its name.',
    }),
  })
  .refine(({ to, dualWrite: writer }) => to !== undefined || writer !== 'application', {
    path: ['dualWrite'],
    when: whenSound('to', 'dualWrite'),
    error: faultMessage({
      fact: 'Where the column keeps its name the application writes one column and cannot know of another.',
      remedy: 'Write `to:`, the name of the new column; or leave `dualWrite` out.',
    }),
  })
  .refine(({ to, up }) => to === undefined || up !== undefined, {
    path: ['up'],
    when: whenSound('to', 'up'),
    error: faultMessage({
      fact: 'Nothing says how a value of {column|old_column} becomes a value of {to|new_column}.',
      remedy:
        'Write an SQL expression of {column|old_column}, such as `up: CAST({column|old_column} AS {type|its_type})`.',
    }),
  })
  .refine(({ to, down }) => to === undefined || down !== undefined, {
    path: ['down'],
    when: whenSound('to', 'down'),
    error: faultMessage({
      fact: 'Nothing says how a value of {to|new_column} becomes a value of {column|old_column}; a rollback would lose what was written to {to|new_column}.',
      remedy:
        'Write an SQL expression of {to|new_column}, such as `down: CAST({to|new_column} AS integer)` if {column|old_column} is an integer.',
    }),
  });

export type ChangeType = Readonly<z.output<typeof changeTypeKeys>>;
