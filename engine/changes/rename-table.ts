import * as z from 'zod';
import { section } from '../spec/spec-fields.ts';
import { objectName } from '../spec/sql-fields.ts';
import { aliasRefusals, leavingNames } from './alias.ts';
import { aliasTable, byAlias } from './alias-table.ts';
import type { Kind } from './kind.ts';

const about = {
  is: 'Renames a table within its schema.',
  example: '{ kind: rename-table, to: purchases, by: alias }',
};

const keys = section(
  {
    kind: z.literal('rename-table').describe(about.is),
    to: objectName("a table's name", { is: 'Its new name.', example: 'purchases' }),
    by: byAlias,
  },
  about,
);

/** A rename of the table itself: in one lock it gets its new name, and a view the old one until nobody asks for that. */
export const renameTable: Kind<'rename-table', typeof keys> = {
  kind: 'rename-table',
  keys,
  asks: [
    { key: 'to', flag: 'to', asks: 'Its new name?' },
    { key: 'by', flag: 'by', asks: 'By a view that has the old name for a while? Write alias.' },
  ],
  inWords: 'give a table another name',
  verb: 'rename',
  goal: (table, { to }) => `Rename ${table} to ${to}`,
  oldColumns: () => [],
  renamesTable: true,
  wholeTable: () => true,
  takesPartitioned: () => true,
  refusals: ({ to }, subject) => {
    const fault = subject.sql.aliases.nameFault(subject.table.name, to);
    return [
      ...(fault === undefined ? [] : [{ key: 'change.to', ...fault }]),
      ...aliasRefusals(subject, 'nothing'),
    ];
  },
  expressions: () => [],
  compile: async ({ to }, subject, { taken, throughView }) => {
    const { table, sql } = subject;
    const quarantined = sql.tables.quarantinedName(table.name);
    const refused = (await taken([to, quarantined, ...leavingNames(subject)])).map((name) => ({
      key: 'change.to',
      fact: `there is a relation or a constraint called ${name} already`,
      remedy: 'Choose a name that is free, or drop what has it first if nobody uses it.',
    }));
    if (refused.length > 0) return { refused };
    const elsewhere = {
      base: { schema: table.schema, name: to },
      quarantined,
      says: {
        put: `rename ${table.name} to ${to}, and put a view in its place`,
        back: `drop the view, and rename ${to} to ${table.name}`,
        after: `${table.schema}.${table.name} is called ${to}`,
      },
      names: to,
      warnings: [`${sql.aliases.keptNames} of ${table.schema}.${table.name} keep their names`],
    };
    return aliasTable(elsewhere, subject, throughView);
  },
};
