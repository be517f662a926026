import * as z from 'zod';
import { emptyPhase, type Brief, type Phase } from '../plan/plan.ts';
import { section } from '../spec/spec-fields.ts';
import { columnName, sqlDefault } from '../spec/sql-fields.ts';
import { expectsNothing } from './expectations.ts';
import { dropColumnRefusals, mustBeWritten } from './drop-column-refusals.ts';
import { dropColumnWarnings, snapshotAdvice } from './farewell-warnings.ts';
import type { CompiledChange, Kind, Subject } from './kind.ts';
import { columnNamed, knownColumn } from './refusals.ts';
import { brief } from '../plan/brief.ts';

const about = {
  is: 'Drops a column that nothing replaces.',
  example: '{ kind: drop-column, column: currency }',
};

const keys = section(
  {
    kind: z.literal('drop-column').describe(about.is),
    column: columnName({ is: 'The column to drop.', example: 'currency' }),
    default: z.exactOptional(
      sqlDefault({
        is: 'For a NOT NULL column without a default: the value of rows that are inserted without it, until it is dropped. If left out, they get NULL.',
        example: `"''"`,
      }),
    ),
  },
  about,
);

type DropColumn = Readonly<z.output<typeof keys>>;

/**
 * Farewell to a column: the statements of the confidence window show that nobody uses it, the quarantine hides it under
 * another name, and until the contract one rename brings it back with every value.
 */
export const dropColumn: Kind<'drop-column', typeof keys> = {
  kind: 'drop-column',
  keys,
  asks: [
    { key: 'column', flag: 'column', asks: 'Which column?', offers: 'columns' },
    {
      key: 'default',
      flag: 'default',
      asks: "If it is NOT NULL without a default, what do rows get in the meantime, in SQL, such as ''?",
      optional: true,
    },
  ],
  inWords: 'drop a column that nobody uses',
  verb: 'drop',
  goal: (table, { column }) => `Drop ${table}.${column}`,
  oldColumns: () => [],
  leaving: ({ column }) => column,
  refusals: dropColumnRefusals,
  expressions: ({ column, default: otherwise }, { catalog }) => {
    const type = columnNamed(catalog, column)?.type;
    return otherwise === undefined || type === undefined
      ? []
      : [{ key: 'change.default', expression: { text: otherwise, type, over: null } }];
  },
  compile: (change, subject) => Promise.resolve(compiled(change, subject)),
};

function compiled(change: DropColumn, subject: Subject): CompiledChange {
  const { table, sql } = subject;
  const column = knownColumn(subject.catalog, change.column);
  const quarantined = sql.columns.quarantinedName(column.name);
  const quarantine: Phase = {
    run: [
      brief(`hide ${column.name} as ${quarantined}, with its values`, 'ACCESS EXCLUSIVE', [
        sql.columns.rename(table, column.name, quarantined),
      ]),
    ],
    undo: [
      brief(`bring ${column.name} back`, 'ACCESS EXCLUSIVE', [
        sql.columns.rename(table, quarantined, column.name),
      ]),
    ],
  };
  return {
    shape: {
      kind: 'farewell',
      what: 'columns',
      leaving: { table, columns: [{ name: column.name, type: column.type }] },
      quarantined: [quarantined],
    },
    phases: {
      ...(mustBeWritten(column, subject) ? { expand: mayBeLeftOut(change, subject) } : {}),
      confidence: emptyPhase,
      quarantine,
      contract: {
        run: [
          ...(subject.catalog.leaving?.foreignKeys ?? []).map((key) =>
            sql.tables.ofTwo(
              brief(`drop the foreign key ${key}`, 'ACCESS EXCLUSIVE', [sql.constraints.drop(table, key)]),
            ),
          ),
          ...(subject.catalog.leaving?.indexes ?? []).map((index) =>
            sql.indexes.takeAway(subject.migration, table, index),
          ),
          // Elsewhere its foreign key goes along.
          sql.tables.ofTwo(sql.columns.drop(table, quarantined)),
        ],
        undo: { irreversible: `${table.name}.${column.name} is gone` },
      },
    },
    walks: [],
    warnings: [...dropColumnWarnings(column, change, subject), snapshotAdvice],
    expects: expectsNothing(subject.catalog.table.owner),
  };
}

/** From here on a write without the column succeeds; one that names it still does. */
function mayBeLeftOut(
  { column, default: otherwise }: DropColumn,
  { migration, table, catalog, sql }: Subject,
): Phase {
  const { definition = null, type } = columnNamed(catalog, column) ?? {};
  if (otherwise === undefined)
    return {
      run: [
        {
          ...sql.columns.dropNotNull(migration, table, column, definition),
          does: `let ${column} be left out`,
        },
      ],
      undo: sql.columns.setNotNull(migration, table, column, definition),
    };
  return {
    run: defaultSet(`let ${column} be left out`, sql.columns.setDefault(table, column, otherwise, type)),
    undo: defaultSet(`take the default of ${column} away`, sql.columns.dropDefault(table, column)),
  };
}

const defaultSet = (does: string, statement: string): readonly Brief[] => [
  brief(does, 'ACCESS EXCLUSIVE', [statement]),
];
