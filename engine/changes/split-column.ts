import * as z from 'zod';
import { section } from '../spec/spec-fields.ts';
import { columnName, sqlExpression } from '../spec/sql-fields.ts';
import type { Kind } from './kind.ts';
import { answers, intoKey } from './sides-keys.ts';
import { compileSides, newSide, oldColumnsOf, sidesExpressions, sidesRefusals } from './sides.ts';
import type { SidesChange } from './sides-change.ts';
import { dualWrite } from './written-by.ts';

const about = {
  is: 'Splits a column into several.',
  example: '{ kind: split-column, column: name, down: …, into: { first_name: …, last_name: … } }',
};

const keys = section(
  {
    kind: z.literal('split-column').describe(about.is),
    column: columnName({ is: 'The column to split.', example: 'name' }),
    down: sqlExpression({
      is: 'An SQL expression over the new columns that computes the old value, for the old application and for a rollback.',
      example: "concat_ws(' ', first_name, last_name)",
      missing: {
        fact: 'Nothing says how a value of {column|the_old_column} follows from the new columns; a rollback would lose what was written to them.',
        remedy:
          "Write an SQL expression of the new columns, such as `down: concat_ws(' ', first_name, last_name)`.",
      },
    }),
    into: intoKey(2),
    ...answers,
    dualWrite,
  },
  about,
);

type SplitColumn = Readonly<z.output<typeof keys>>;

/** One column becomes several, each computed from it; it is computed from all of them. */
export const splitColumn: Kind<'split-column', typeof keys> = {
  kind: 'split-column',
  keys,
  asks: [
    { key: 'column', flag: 'column', asks: 'Which column?', offers: 'columns' },
    {
      key: 'into',
      flag: 'into',
      asks: 'The new columns, such as { first_name: { type: text, up: "split_part(name, \' \', 1)" } }?',
      yaml: true,
    },
    { key: 'down', flag: 'down', asks: 'SQL that makes the old value of the new columns?' },
  ],
  inWords: 'split a column into several',
  verb: 'split',
  goal: (table, { column }) => `Split ${table}.${column} into several columns`,
  oldColumns: (change) => oldColumnsOf(sides(change)),
  names: ({ into: parts }) => ({ makes: Object.keys(parts) }),
  refusals: (change, subject) => sidesRefusals(sides(change), subject),
  expressions: (change, subject) => sidesExpressions(sides(change), subject),
  compile: (change, subject, ask) => compileSides(sides(change), subject, ask),
};

const sides = ({ column, down, into: columns, dualWrite: by, ...answered }: SplitColumn): SidesChange => ({
  old: [{ name: column, down, keys: { name: 'change.column', down: 'change.down' } }],
  new: newSide(columns),
  answers: answered,
  dualWrite: by,
});
