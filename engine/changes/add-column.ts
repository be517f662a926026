import * as z from 'zod';
import { faultMessage } from '../spec/fault.ts';
import { flag, section, whenSound } from '../spec/spec-fields.ts';
import { columnName, sqlDefault, sqlExpression, typeName } from '../spec/sql-fields.ts';
import { isDomain, type Inheritance } from '../catalog/inherited.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { Fill } from '../dialects/filled-column.ts';
import { emptyPhase, type Brief, type Phase } from '../plan/plan.ts';
import { oneWalk } from '../plan/walk.ts';
import { expectsNothing } from './expectations.ts';
import type { CompiledChange, Kind, Subject } from './kind.ts';
import {
  asPartitioned,
  partitionedWarnings,
  triggersOnPartitions,
  walksPartitions,
} from './partitioned-refusals.ts';
import { overruled, unwalkable, takenColumn, typeRefusals } from './refusals.ts';
import { brief } from '../plan/brief.ts';

const about = {
  is: 'Adds a column.',
  example: '{ kind: add-column, column: locale, type: text }',
};

const keys = section(
  {
    kind: z.literal('add-column').describe(about.is),
    column: columnName({ is: 'The name of the new column.', example: 'locale' }),
    type: typeName({ is: 'Its type.', example: 'text' }),
    default: z.exactOptional(
      sqlDefault({ is: 'Its default for new rows, an SQL expression.', example: `"'en'"` }),
    ),
    backfill: z.exactOptional(
      sqlExpression({
        is: 'An SQL expression over the row that computes the value for existing rows.',
        example: "coalesce(country, 'en')",
      }),
    ),
    notNull: z.exactOptional(flag({ is: 'Refuse NULL, once every row has a value.', example: 'true' })),
  },
  about,
).refine(
  (change) => change.notNull !== true || change.default !== undefined || change.backfill !== undefined,
  {
    path: ['notNull'],
    when: whenSound('default', 'backfill', 'notNull'),
    error: faultMessage({
      fact: 'Rows that exist would have NULL: there is neither `default` nor `backfill`.',
      remedy: 'Write one of them, such as `default: "\'\'"`, or remove `notNull`.',
    }),
  },
);

type AddColumn = Readonly<z.output<typeof keys>>;

/**
 * A new column. A constant default costs nothing; any other value is filled in batches, and by a trigger for writers
 * that do not know the column yet. While the trigger is on, NULL means "not filled yet" and is filled.
 */
export const addColumn: Kind<'add-column', typeof keys> = {
  kind: 'add-column',
  keys,
  asks: [
    { key: 'column', flag: 'column', asks: 'The new column?' },
    { key: 'type', flag: 'type', asks: 'Its type, such as text?' },
    { key: 'default', flag: 'default', asks: "Its default, in SQL, such as 'en'?", optional: true },
    {
      key: 'backfill',
      flag: 'backfill',
      asks: 'SQL that fills it for rows that are there, if not the default?',
      optional: true,
    },
    { key: 'notNull', flag: 'not-null', asks: 'May it never be NULL?', optional: true, truth: true },
  ],
  inWords: 'add a column',
  verb: 'add',
  goal: (table, { column }) => `Add ${table}.${column}`,
  oldColumns: () => [],
  names: ({ column }) => ({ makes: [column] }),
  takesPartitioned: ({ backfill }, sql) => backfill === undefined || walksPartitions(sql),
  refusals: ({ column, backfill }, subject) => [
    ...takenColumn(subject, column, 'change.column'),
    ...(backfill === undefined ? [] : unwalkable(subject)),
  ],
  expressions: ({ backfill, type }) =>
    backfill === undefined
      ? []
      : [{ key: 'change.backfill', expression: { text: backfill, type, over: null } }],
  compile: async (change, subject, ask) => {
    const { column: to, type, default: otherwise = null, backfill: up = null } = change;
    const inheritance = await ask.heirs({ to, type, default: otherwise, up });
    const refused = [
      ...typeRefusals(inheritance, 'change.type'),
      ...(fillOf(change, inheritance) === null
        ? []
        : [...unwalkable(subject), ...triggersOnPartitions(subject), ...overruled(subject)]),
    ];
    return refused.length > 0 ? { refused } : compileAddColumn(change, subject, inheritance);
  },
};

/** What computes the value of rows that are there; null where a constant default does, or nothing. */
const fillOf = (change: AddColumn, { defaultVaries, typeDefault }: Inheritance): string | null =>
  change.backfill ?? (defaultVaries === 'at each call' ? (change.default ?? typeDefault) : null);

function compileAddColumn(change: AddColumn, subject: Subject, inheritance: Inheritance): CompiledChange {
  const { migration, table, catalog, sql } = subject;
  const { column, type } = change;
  const { typeDefault } = inheritance;
  const otherwise = change.default ?? typeDefault ?? undefined;
  const expression = fillOf(change, inheritance);
  const fill: Fill | null =
    expression === null
      ? null
      : {
          migration,
          table,
          key: catalog.key,
          ...asPartitioned(subject),
          row: catalog.columns,
          column,
          type: inheritance.type,
          plain: inheritance.plain,
          collation: inheritance.collation,
          expression,
          settings: inheritance.settings,
        };
  // With a constant default, no row that is there breaks it.
  const atOnce =
    fill === null &&
    change.notNull === true &&
    sql.cannot['constraint that is validated later'] !== undefined;
  const later = change.notNull === true && !atOnce;
  const constant = fill === null ? (otherwise ?? null) : null;
  const added = sql.columns.add(table, {
    name: column,
    type,
    collation: null,
    default: constant ?? (typeDefault === null ? null : 'NULL'),
    comment: null,
    grants: [],
    settings: null,
    mayCost: isDomain(inheritance) || (constant !== null && inheritance.defaultVaries !== 'never'),
    ...(atOnce ? { notNull: true } : {}),
  });
  return {
    shape: {
      kind: 'columns',
      old: { table, columns: [] },
      new: { table, columns: [{ name: column, type: inheritance.type }] },
      up: [expression],
      down: [],
      quarantined: [],
    },
    phases:
      fill !== null && sql.fillPhases !== null
        ? sql.fillPhases({ fill, otherwise: otherwise ?? null, notNull: later })
        : {
            expand: { run: [added], undo: [sql.columns.drop(table, column)] },
            ...(fill === null
              ? {}
              : { 'dual-write': filling(fill, otherwise, typeDefault, sql), backfill: emptyPhase }),
            verify: {
              run: [
                ...(later ? sql.columns.setNotNull(migration, table, column) : []),
                ...(fill === null ? [] : sql.statistics.analyze(migration, table)),
              ],
              undo: later ? [sql.columns.dropNotNull(migration, table, column)] : [],
            },
            ...(fill === null ? {} : { confidence: emptyPhase, contract: ending(fill, sql) }),
          },
    walks: fill === null ? [] : oneWalk(sql.walk.fill(fill)),
    warnings: partitionedWarnings(column, subject),
    expects: {
      ...expectsNothing(catalog.table.owner),
      columns: [
        {
          name: column,
          notNull: change.notNull === true,
          hasDefault: otherwise !== undefined,
          comment: null,
          grants: [],
        },
      ],
      triggers: fill === null ? [] : sql.fill.triggers(fill),
    },
  };
}

function filling(fill: Fill, otherwise: string | undefined, typeDefault: string | null, sql: Dialect): Phase {
  const withoutDefault =
    typeDefault === null
      ? sql.columns.dropDefault(fill.table, fill.column)
      : sql.columns.setDefault(fill.table, fill.column, 'NULL');
  const start = sql.fill.start(fill);
  const withDefault: Brief =
    otherwise === undefined
      ? start
      : {
          ...start,
          lock: 'ACCESS EXCLUSIVE',
          statements: [sql.columns.setDefault(fill.table, fill.column, otherwise), ...start.statements],
        };
  return {
    run: [withDefault],
    undo: [
      brief(`stop filling ${fill.column}`, 'ACCESS EXCLUSIVE', [
        ...sql.fill.end(fill),
        ...(otherwise === undefined ? [] : [withoutDefault]),
      ]),
    ],
  };
}

const ending = (fill: Fill, sql: Dialect): Phase => ({
  run: [
    brief(`stop filling ${fill.column}: every writer knows it now`, 'ACCESS EXCLUSIVE', sql.fill.end(fill)),
  ],
  undo: { irreversible: `writers must set ${fill.table.name}.${fill.column} themselves now` },
});
