import * as z from 'zod';
import { faultMessage } from '../spec/fault.ts';
import { section, whenSound } from '../spec/spec-fields.ts';
import { dualWrite } from './written-by.ts';
import { columnName, sqlByName, sqlDefault, sqlExpression, typeName } from '../spec/sql-fields.ts';

const about = {
  is: 'A column gets another type: a new column takes its place, and every value is converted.',
  example: '{ kind: change-type, column: amount, to: amount_v2, type: numeric(14,4), up: …, down: … }',
};

/** What an author writes of a change of type. */
export const changeTypeKeys = section(
  {
    kind: z.literal('change-type').describe(about.is),
    column: columnName({ is: 'The column whose type is wrong.', example: 'amount' }),
    to: z.exactOptional(
      columnName({
        is: 'The name of the new column; both live side by side until the contract phase, and readers move from one to the other. Left out: the column keeps its name, nobody has to move, and the old and the new column exchange their names in one short lock.',
        example: 'amount_v2',
      }),
    ),
    type: typeName({ is: 'The type of the new column.', example: 'numeric(14,4)' }),
    up: z.exactOptional(
      sqlExpression({
        is: 'An SQL expression of the old column that gives the new value. Where the column keeps its name it may be left out: a cast.',
        example: 'amount / 100.0',
      }),
    ),
    down: z.exactOptional(
      sqlExpression({
        is: 'An SQL expression of the new column that gives the old value, for the old application and for a rollback. Where the column keeps its name, it speaks of that name.',
        example: 'round(amount_v2 * 100)::integer',
      }),
    ),
    default: z.exactOptional(
      sqlDefault({
        is: 'The default of the new column. Left out: the old default, converted by `up`.',
        example: '0',
      }),
    ),
    indexes: z.exactOptional(
      sqlByName('index', {
        is: 'For indexes of the old column that cannot be carried over, by their names: what stands behind `ON table` in CREATE INDEX, over the new column; or `drop`. A unique index stays one.',
        example: '(round(amount_v2))',
      }),
    ),
    checks: z.exactOptional(
      sqlByName('expression', {
        is: 'For checks of the old column that cannot be carried over, by their names: the condition over the new column; or `drop`.',
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
