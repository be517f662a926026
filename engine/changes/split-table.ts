import * as z from 'zod';
import { section } from '../spec/spec-fields.ts';
import { columnNames, objectName, sqlByName } from '../spec/sql-fields.ts';
import { childPath } from '../spec/spec-source.ts';
import type { Kind } from './kind.ts';
import { columnNamed } from './refusals.ts';
import { splitTableRefusals } from './split-refusals.ts';
import { compileSplit } from './split-plan.ts';

const about = {
  is: 'Moves columns of a table to a new table with the same key.',
  example: '{ kind: split-table, into: orders_meta, columns: [note, gift] }',
};

const keys = section(
  {
    kind: z.literal('split-table').describe(about.is),
    into: objectName("a table's name", { is: 'The new table, in the same schema.', example: 'orders_meta' }),
    columns: columnNames({ is: 'The columns to move.', example: '[note, gift]' }),
    unsaid: z.exactOptional(
      sqlByName('default', {
        is: 'For every NOT NULL column without a default, by name: what the old table holds while the new one has no row.',
        example: "'web'",
      }),
    ),
  },
  about,
);

/**
 * The old table keeps its name, its key and the other columns; a new one gets the columns that go. A row of the new table is
 * there where something has been said in one of them: so an application may insert the two halves one after the other.
 */
export const splitTable: Kind<'split-table', typeof keys> = {
  kind: 'split-table',
  keys,
  asks: [
    { key: 'into', flag: 'into', asks: 'The name of the new table?' },
    { key: 'columns', flag: 'columns', asks: 'The columns that go there: [a, b]', yaml: true },
    {
      key: 'unsaid',
      flag: 'unsaid',
      asks: 'What the old table holds while the new one has no row, for each that is NOT NULL without a default: { channel: "\'web\'" }',
      optional: true,
      yaml: true,
    },
  ],
  inWords: 'give some columns a table of their own',
  verb: 'split',
  goal: (table, { into }) => `Keep some columns of ${table} in ${into ?? 'a table of their own'}`,
  oldColumns: ({ columns }) => columns,
  wholeTable: () => true,
  refusals: splitTableRefusals,
  expressions: ({ unsaid = {} }, { catalog }) =>
    Object.entries(unsaid).flatMap(([name, text]) => {
      const type = columnNamed(catalog, name)?.type;
      return type === undefined
        ? []
        : [{ key: childPath('change.unsaid', name), expression: { text, type, over: null } }];
    }),
  compile: compileSplit,
};
