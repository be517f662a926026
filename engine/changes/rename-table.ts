import * as z from 'zod';
import { nothing, type Phases } from '../plan/plan.ts';
import { choice, section } from '../spec/spec-fields.ts';
import { objectName } from '../spec/sql-fields.ts';
import { aliasRefusals, aliasWarnings, throughViewWarnings, viewInPlace } from './alias.ts';
import { expectsNothing } from './expectations.ts';
import type { Compiled, Kind, Subject } from './kind.ts';
import { brief } from './brief.ts';

const about = {
  is: 'A table gets a new name, in its schema.',
  example: '{ kind: rename-table, to: purchases, by: alias }',
};

const keys = section(
  {
    kind: z.literal('rename-table').describe(about.is),
    to: objectName("a table's name", { is: 'Its new name.', example: 'purchases' }),
    by: choice(['alias'], {
      is: 'No row is written; for the time being a view has the old name. COPY, TRUNCATE and more fail through a view: `underpin plan` finds who sends that.',
      example: 'alias',
    }),
  },
  about,
);

type RenameTable = Readonly<z.output<typeof keys>>;

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
  refusals: (_, subject) => aliasRefusals(subject, 'change.by'),
  expressions: () => [],
  compile: async (change, subject, _, { taken, throughView }) => {
    const quarantined = subject.sql.tables.quarantinedName(subject.table.name);
    const refused = (await taken([change.to, quarantined])).map((name) => ({
      key: 'change.to',
      fact: `there is a relation or a constraint called ${name} already`,
      remedy: 'Choose a name that is free, or drop what has it first if nobody uses it.',
    }));
    if (refused.length > 0) return { refused };
    const plan = compiled(change, quarantined, subject);
    return { ...plan, warnings: [...throughViewWarnings(await throughView()), ...plan.warnings] };
  },
};

function compiled({ to }: RenameTable, quarantined: string, subject: Subject): Compiled {
  const { table, catalog } = subject;
  return {
    shape: {
      kind: 'name',
      old: { table, columns: [] },
      new: { table: { schema: table.schema, name: to }, columns: [] },
      quarantined: [quarantined],
    },
    phases: phases(to, quarantined, subject),
    walks: [],
    warnings: [
      ...aliasWarnings(subject, { base: to, moreColumns: false }),
      ...(catalog.whole?.mentions ?? []).map(
        (what) =>
          `${what} mentions ${table.name}; should it mean ${table.schema}.${table.name}, it fails from the quarantine on, and the contract gate stays shut until it names ${to}`,
      ),
      `indexes, constraints and sequences of ${table.schema}.${table.name} keep their names`,
    ],
    expects: expectsNothing(catalog.table.owner),
  };
}

function phases(to: string, quarantined: string, subject: Subject): Phases {
  const { table, catalog, sql } = subject;
  const base = { schema: table.schema, name: to };
  const aside = { schema: table.schema, name: quarantined };
  const columns = catalog.columns.map(({ name }) => ({ name, of: name }));
  return {
    expand: viewInPlace({ view: table, base, columns }, subject, {
      put: `rename ${table.name} to ${to}, and put a view in its place`,
      back: `drop the view, and rename ${to} to ${table.name}`,
    }),
    'read-switch': nothing,
    confidence: nothing,
    quarantine: {
      run: [
        brief(`hide the view ${table.name}`, 'ACCESS EXCLUSIVE', [sql.aliases.rename(table, quarantined)]),
      ],
      undo: [
        brief(`bring the view ${table.name} back`, 'ACCESS EXCLUSIVE', [
          sql.aliases.rename(aside, table.name),
        ]),
      ],
    },
    contract: {
      run: [brief(`drop the view ${table.name}`, 'ACCESS EXCLUSIVE', [sql.aliases.drop(aside)])],
      undo: { irreversible: `${table.schema}.${table.name} is called ${to}` },
    },
  };
}
