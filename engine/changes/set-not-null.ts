import * as z from 'zod';
import type { Column } from '../catalog/catalog.ts';
import { section } from '../spec/spec-fields.ts';
import { columnName, sqlExpression } from '../spec/sql-fields.ts';
import { builtAlone } from './built.ts';
import { columnAsItIs } from './expectations.ts';
import { heldRule } from './held-rule.ts';
import { repairedFirst } from './repaired-first.ts';
import type { CompiledChange, Kind, DatabaseQuestions, Subject } from './kind.ts';
import { columnNamed, knownColumn, missingColumn, unwalkable, unwritable } from './refusals.ts';

const about = {
  is: 'Sets a column NOT NULL.',
  example: '{ kind: set-not-null, column: country }',
};

const keys = section(
  {
    kind: z.literal('set-not-null').describe(about.is),
    column: columnName({ is: 'The column to set NOT NULL.', example: 'country' }),
    repair: z.exactOptional(
      sqlExpression({
        is: 'An SQL expression over the row that computes the value for rows that hold NULL.',
        example: `"'DE'"`,
      }),
    ),
  },
  about,
);

type SetNotNull = Readonly<z.output<typeof keys>>;

/** Refuses NULL: by a check that is scanned for beside the traffic, and that SET NOT NULL then trusts without a scan. */
export const setNotNull: Kind<'set-not-null', typeof keys> = {
  kind: 'set-not-null',
  keys,
  asks: [
    { key: 'column', flag: 'column', asks: 'Which column?', offers: 'columns' },
    {
      key: 'repair',
      flag: 'repair',
      asks: "SQL that gives the value for rows that hold NULL, such as 'DE'?",
      optional: true,
    },
  ],
  inWords: 'refuse NULL in a column',
  verb: 'require',
  goal: (table, { column }) => `Refuse NULL in ${table}.${column}`,
  oldColumns: () => [],
  names: ({ column }) => ({ needs: [column] }),
  refusals: ({ column, repair }, subject) => {
    const found = columnNamed(subject.catalog, column);
    if (!found) return [missingColumn(subject, column, 'change.column')];
    if (found.notNull)
      return [
        {
          key: 'change.column',
          fact: `${subject.table.name}.${column} is NOT NULL already`,
          remedy: 'There is nothing to do.',
        },
      ];
    return repair === undefined
      ? []
      : [...unwritable(subject, column, 'change.repair'), ...unwalkable(subject)];
  },
  expressions: ({ column, repair }, { catalog }) =>
    repair === undefined
      ? []
      : [
          {
            key: 'change.repair',
            expression: { text: repair, type: columnNamed(catalog, column)?.type ?? 'text', over: null },
          },
        ],
  compile: async (change, subject, ask) => {
    const column = knownColumn(subject.catalog, change.column);
    return compiled(change, column, subject, ask);
  },
};

async function compiled(
  { repair }: SetNotNull,
  column: Column,
  subject: Subject,
  ask: DatabaseQuestions,
): Promise<CompiledChange> {
  const { migration, table, sql } = subject;
  const rule = sql.rules.notNull(column.name, column.composite);
  const known = await ask.rule({
    key: 'change.column',
    name: null,
    made: { as: 'constraint', definition: rule.definition, references: null },
    forbidden: { kind: 'each', violated: rule.violated },
    isRepaired: repair !== undefined,
    remedy: 'Write `repair:`, an expression that gives them a value, or fix them first.',
  });
  const refuses = `NULL in ${column.name}`;
  if (sql.repairPhases !== null && repair !== undefined) {
    const authored = { column: column.name, expression: repair, violated: rule.violated };
    return repairedFirst(subject, { authored, refuses, name: null, ...lastOf(column, subject) }, known);
  }
  if (sql.cannot['constraint that is validated later'] !== undefined) return setAtOnce(column, subject);
  const [, , set] = sql.columns.setNotNull(migration, table, column.name);
  if (set?.kind !== 'brief') throw new Error('NOT NULL is set last');
  const held = {
    ...rule,
    name: sql.columns.notNullCheck(migration),
    refuses,
    repair: repair === undefined ? null : { column: column.name, expression: repair },
    finish: { brief: set, undo: [sql.columns.dropNotNull(migration, table, column.name)] },
    warnings: [],
    expects: { columns: [{ ...columnAsItIs(column), notNull: true }] },
  };
  return heldRule(subject, held, known);
}

/** One statement, which reads every row: a NULL that somebody writes meanwhile makes it fail, and nothing has changed. */
function setAtOnce(column: Column, subject: Subject): CompiledChange {
  const { last, undo, expects } = lastOf(column, subject);
  return builtAlone(
    subject,
    { run: last, undo },
    {
      warnings: [
        `from the end of verify on the database refuses NULL in ${column.name}; a writer that writes one while it runs makes it fail`,
      ],
      expects,
    },
  );
}

const lastOf = (column: Column, { migration, table, sql }: Subject) => ({
  last: sql.columns.setNotNull(migration, table, column.name, column.definition),
  undo: [sql.columns.dropNotNull(migration, table, column.name, column.definition)],
  expects: { columns: [{ ...columnAsItIs(column), notNull: true }] },
});
