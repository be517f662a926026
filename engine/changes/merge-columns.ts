import * as z from 'zod';
import { faultMessage } from '../spec/fault.ts';
import { childPath } from '../spec/spec-source.ts';
import { section } from '../spec/spec-fields.ts';
import { sqlByName } from '../spec/sql-fields.ts';
import type { Kind } from './kind.ts';
import { answers, intoKey } from './sides-keys.ts';
import { compileSides, newSide, oldColumnsOf, sidesExpressions, sidesRefusals } from './sides.ts';
import type { SidesChange } from './sides-change.ts';
import { dualWrite } from './written-by.ts';

const about = {
  is: 'Merges several columns into one or several others.',
  example: '{ kind: merge-columns, columns: { street: …, zip: … }, into: { address: … } }',
};

const keys = section(
  {
    kind: z.literal('merge-columns').describe(about.is),
    columns: sqlByName('expression', {
      is: 'The columns to merge, by name: each with an SQL expression over the new columns that computes its value, for the old application and for a rollback.',
      example: "split_part(address, ', ', 1)",
    }),
    into: intoKey(1),
    ...answers,
    dualWrite,
  },
  about,
).refine(({ columns }) => Object.keys(columns).length > 1, {
  path: ['columns'],
  error: faultMessage({
    fact: 'Nothing is merged with nothing.',
    remedy: 'Write two columns or more; one column becomes several by split-column.',
  }),
});

type MergeColumns = Readonly<z.output<typeof keys>>;

/** Several columns become one, or fewer or more: each side is computed from the whole other one. */
export const mergeColumns: Kind<'merge-columns', typeof keys> = {
  kind: 'merge-columns',
  keys,
  asks: [
    {
      key: 'columns',
      flag: 'columns',
      asks: 'The old columns, such as { street: "split_part(address, \', \', 1)" }?',
      yaml: true,
    },
    {
      key: 'into',
      flag: 'into',
      asks: 'The new columns, such as { address: { type: text, up: "concat_ws(\', \', street, zip)" } }?',
      yaml: true,
    },
  ],
  inWords: 'merge columns into one',
  verb: 'merge',
  goal: (table) => `Merge columns of ${table}`,
  oldColumns: (change) => oldColumnsOf(sides(change)),
  names: ({ into: whole }) => ({ makes: Object.keys(whole) }),
  refusals: (change, subject) => sidesRefusals(sides(change), subject),
  expressions: (change, subject) => sidesExpressions(sides(change), subject),
  compile: (change, subject, ask) => compileSides(sides(change), subject, ask),
};

const sides = ({ columns, into: next, dualWrite: by, ...answered }: MergeColumns): SidesChange => ({
  old: Object.entries(columns).map(([name, down]) => {
    const key = childPath('change.columns', name);
    return { name, down, keys: { name: key, down: key } };
  }),
  new: newSide(next),
  answers: answered,
  dualWrite: by,
});
