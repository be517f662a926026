import * as z from 'zod';
import type { MovedFacts } from '../catalog/moved.ts';
import { section } from '../spec/spec-fields.ts';
import { objectName } from '../spec/sql-fields.ts';
import { aliasRefusals, leavingNames } from './alias.ts';
import { aliasTable, byAlias } from './alias-table.ts';
import { takenAside } from './drop-table-refusals.ts';
import type { Kind, Subject } from './kind.ts';
import { meantRefusals, moveRefusals, sameSchema } from './move-refusals.ts';
import { moveWarnings } from './move-warnings.ts';

const about = {
  is: 'Moves a table to another schema of the same database; its name stays.',
  example: '{ kind: move-table, to: crm, by: alias }',
};

const keys = section(
  {
    kind: z.literal('move-table').describe(about.is),
    to: objectName("a schema's name", { is: 'The schema to move it to.', example: 'crm' }),
    by: byAlias,
  },
  about,
);

/** A move of the table itself: in one lock it goes to its new schema, and a view takes its place until nobody asks for that. */
export const moveTable: Kind<'move-table', typeof keys> = {
  kind: 'move-table',
  keys,
  asks: [
    { key: 'to', flag: 'to', asks: 'The schema that it goes to?' },
    { key: 'by', flag: 'by', asks: 'By a view that has its place for a while? Write alias.' },
  ],
  inWords: 'take a table to another schema',
  verb: 'move',
  goal: (table, { to }) => `Move ${table} to the schema ${to}`,
  oldColumns: () => [],
  renamesTable: true,
  wholeTable: () => true,
  refusals: ({ to }, subject) => [...aliasRefusals(subject, 'nothing'), ...sameSchema(to, subject)],
  expressions: () => [],
  compile: async ({ to }, subject, { moved, taken, throughView }) => {
    const { table, sql } = subject;
    const quarantined = sql.tables.quarantinedName(table.name);
    const facts = await moved(to);
    const refused = [
      ...moveRefusals(to, facts, subject),
      ...meantRefusals(facts),
      ...takenAside(await taken([quarantined, ...leavingNames(subject)])),
    ];
    if (refused.length > 0) return { refused };
    return aliasTable({ quarantined, ...place(to, facts, subject) }, subject, throughView);
  },
};

function place(to: string, facts: MovedFacts, { table }: Subject) {
  const base = { schema: to, name: table.name };
  const [before, after] = [table, base].map(({ schema, name }) => `${schema}.${name}`);
  return {
    base,
    // One of an identity is where its table is.
    sequences: facts.sequences
      .filter(({ identity }) => !identity)
      .map(({ name, column }) => ({ name, column })),
    says: {
      put: `move ${table.name} to ${to}, and put a view in its place`,
      back: `drop the view, and move ${table.name} back to ${table.schema}`,
      after: `${before} is ${after}`,
    },
    names: String(after),
    warnings: moveWarnings(base, facts, table),
  };
}
