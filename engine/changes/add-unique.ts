import * as z from 'zod';
import { section } from '../spec/spec-fields.ts';
import { columnNames, objectName } from '../spec/sql-fields.ts';
import { buildAny, builtAlone, unbuildAny } from './built.ts';
import type { Kind } from './kind.ts';
import { partNameRefusals } from './part-names.ts';
import { onPartitions, partitionIndexRefusals } from './partition-indexes.ts';
import { partitionIndexWarnings } from './partitioned-refusals.ts';
import { columnNamed, missingColumn } from './refusals.ts';
import { twinRefusals } from './twin-index.ts';

const about = {
  is: 'Adds a unique constraint.',
  example: '{ kind: add-unique, name: orders_user_number_key, columns: [user_id, number] }',
};

const keys = section(
  {
    kind: z.literal('add-unique').describe(about.is),
    name: objectName('the name of the constraint', {
      is: 'The name of the constraint, and of its index.',
      example: 'orders_user_number_key',
    }),
    columns: columnNames({ is: 'The columns.', example: '[user_id, number]' }),
  },
  about,
);

/** A unique key: its index is built beside the traffic, then made a constraint in the catalog, where it is not one already. */
export const addUnique: Kind<'add-unique', typeof keys> = {
  kind: 'add-unique',
  keys,
  asks: [
    { key: 'name', flag: 'name', asks: 'The name of the constraint?' },
    {
      key: 'columns',
      flag: 'columns',
      asks: 'Which column? (Several: write a list into the file.)',
      offers: 'columns',
    },
  ],
  inWords: 'add a unique key',
  verb: 'unite',
  goal: (table, { name }) => `Add the unique key ${name} to ${table}`,
  oldColumns: () => [],
  names: ({ columns, name }) => ({ needs: columns, builds: [name] }),
  takesPartitioned: (_, sql) => sql.indexes.onPartitions !== null,
  refusals: ({ columns }, subject) => [
    ...columns
      .filter((column) => columnNamed(subject.catalog, column) === undefined)
      .map((column) => missingColumn(subject, column, 'change.columns')),
    ...partitionIndexRefusals('table', subject),
  ],
  expressions: () => [],
  compile: async ({ name, columns }, subject, ask) => {
    const { table, catalog, sql } = subject;
    const { printed } = await ask.rule({
      key: 'change.columns',
      name,
      made: { as: 'unique index', definition: sql.rules.uniqueKey(columns) },
      forbidden: { kind: 'equal', columns },
      isRepaired: false,
      remedy: 'Merge them or make them differ first.',
    });
    const asked = { deferrable: false, deferred: false };
    const isWhole = onPartitions(catalog.partitions, sql) === null;
    // Of a partitioned table each part is made a constraint where it is attached.
    const index = { name, unique: true, definition: printed, ...(isWhole ? {} : { asConstraint: asked }) };
    const refused = [
      ...(await partNameRefusals('change.name', [{ as: name }], subject, ask.taken)),
      ...(await twinRefusals(index, subject, ask, 'change.columns')),
    ];
    if (refused.length > 0) return { refused };
    const unbuild = unbuildAny(subject, index);
    const adopted = isWhole ? sql.indexes.adopt(table, name, asked) : [];
    const dropped = () => ({
      ...unbuild,
      does: `drop ${name}`,
      statements: [sql.constraints.drop(table, name), ...unbuild.statements],
    });
    const verify = {
      run: [...buildAny(subject, index), ...adopted],
      undo: [adopted.length === 0 ? unbuild : dropped()],
    };
    return builtAlone(subject, verify, {
      warnings: [
        'equal rows that are written while the index is built stop the build, and the migration rolls back: no writer may make any',
        ...partitionIndexWarnings([{ as: name }], subject),
      ],
      expects: {
        indexes: [{ name, unique: true, definition: printed }],
        constraints: [{ name, valid: true }],
      },
    });
  },
};
