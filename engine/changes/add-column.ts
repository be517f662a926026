import type { Inheritance } from '../catalog/inheritance.ts';
import type { Dialect, Fill } from '../dialects/dialect.ts';
import { nothing, type Brief, type Phase } from '../plan/plan.ts';
import type { AddColumn } from './add-column-spec.ts';
import type { Compiled, Kind, Subject } from './kind.ts';
import { takenColumn } from './refusals.ts';

/**
 * A new column. A constant default costs nothing; any other value is filled in batches, and by a trigger for writers
 * that do not know the column yet. While the trigger is on, NULL means "not filled yet" and is filled.
 */
export const addColumn: Kind<AddColumn> = {
  oldColumn: () => null,
  refusals: ({ column }, subject) => takenColumn(subject, column, 'change.column'),
  expressions: ({ backfill, type }) =>
    backfill === undefined
      ? []
      : [{ key: 'change.backfill', expression: { text: backfill, type, over: null } }],
  likeness: ({ column, type, default: otherwise, backfill }, { table }) => ({
    table,
    from: null,
    to: column,
    type,
    default: otherwise ?? null,
    up: backfill ?? null,
    down: null,
    answers: { index: {}, check: {} },
  }),
  lateRefusals: () => [],
  compile: compileAddColumn,
};

function compileAddColumn(change: AddColumn, subject: Subject, inheritance: Inheritance): Compiled {
  const { migration, table, catalog, sql } = subject;
  const { column, type, default: otherwise } = change;
  const expression =
    change.backfill ?? (inheritance.defaultVaries === 'at each call' ? (otherwise ?? null) : null);
  const fill: Fill | null =
    expression === null ? null : { migration, table, column, expression, settings: inheritance.settings };
  const constant = fill === null ? (otherwise ?? null) : null;
  const added = sql.columns.add(table, {
    name: column,
    type,
    collation: null,
    default: constant,
    comment: null,
    grants: [],
    settings: null,
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
    phases: {
      expand: { run: [added], undo: [sql.columns.drop(table, column)] },
      ...(fill === null ? {} : { 'dual-write': filling(fill, otherwise, sql), backfill: nothing }),
      verify: {
        run: [
          ...(change.notNull === true ? sql.columns.setNotNull(migration, table, column) : []),
          ...(fill === null ? [] : [sql.statistics.analyze(migration, table)]),
        ],
        undo: change.notNull === true ? [sql.columns.dropNotNull(migration, table, column)] : [],
      },
      ...(fill === null ? {} : { confidence: nothing, contract: ending(fill, sql) }),
    },
    walk: fill === null ? null : sql.walk.fill(table, catalog.key, fill),
    warnings: [],
    expects: {
      owner: catalog.table.owner,
      columns: [
        {
          name: column,
          notNull: change.notNull === true,
          hasDefault: otherwise !== undefined,
          comment: null,
          grants: [],
        },
      ],
      indexes: [],
      constraints: [],
      statistics: [],
      replicaIdentity: null,
      leftBehind: [],
      triggers: fill === null ? [] : sql.dualWrite.triggersOfFill(fill),
    },
  };
}

function filling(fill: Fill, otherwise: string | undefined, sql: Dialect): Phase {
  const start = sql.dualWrite.startFill(fill);
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
      {
        kind: 'brief',
        does: `stop filling ${fill.column}`,
        lock: 'ACCESS EXCLUSIVE',
        statements: [
          ...sql.dualWrite.endFill(fill),
          ...(otherwise === undefined ? [] : [sql.columns.dropDefault(fill.table, fill.column)]),
        ],
      },
    ],
  };
}

const ending = (fill: Fill, sql: Dialect): Phase => ({
  run: [
    {
      kind: 'brief',
      does: `stop filling ${fill.column}: every writer knows it now`,
      lock: 'ACCESS EXCLUSIVE',
      statements: sql.dualWrite.endFill(fill),
    },
  ],
  undo: { irreversible: `writers must set ${fill.table.name}.${fill.column} themselves now` },
});
