import type { Column } from '../catalog/catalog.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { Pair } from '../dialects/dual-write.ts';
import type { Inheritance } from '../catalog/inheritance.ts';
import type { Phase, Unit } from '../plan/plan.ts';

/** What the new column takes over once every row agrees: NOT NULL, indexes, constraints, statistics. */
export function afterBackfill(pair: Pair, old: Column, inheritance: Inheritance, sql: Dialect): Phase {
  const { migration, table } = pair;
  const { constraints, indexes, statistics } = inheritance;
  return {
    run: [
      ...(old.notNull ? sql.columns.setNotNull(migration, table, pair.new.column) : []),
      ...indexes.flatMap((index) => [
        sql.indexes.create(migration, table, index.as, index),
        ...(index.constraint ? [sql.indexes.adopt(table, index.as, index)] : []),
      ]),
      // One that nobody ever validated may not hold for old rows: it is carried over as it is.
      ...constraints.flatMap(({ as, definition, valid }) =>
        sql.constraints.add(migration, table, as, definition).slice(0, valid ? 2 : 1),
      ),
      ...carry(pair.new.column, [
        ...indexes.flatMap((index) => sql.indexes.settings(table, index)),
        ...constraints.flatMap(({ as, comment }) =>
          comment === null ? [] : [sql.constraints.comment(table, as, comment)],
        ),
        ...statistics.flatMap((each) => sql.statistics.create(table, each)),
      ]),
      sql.statistics.analyze(migration, table),
    ],
    undo: [
      ...dropped(pair, inheritance, sql),
      ...(old.notNull ? [sql.columns.dropNotNull(migration, table, pair.new.column)] : []),
    ],
  };
}

function dropped(
  { table, new: { column } }: Pair,
  { constraints, indexes, statistics }: Inheritance,
  sql: Dialect,
): readonly Unit[] {
  const statements = [
    ...statistics.toReversed().map(({ as }) => sql.statistics.drop(table, as)),
    ...constraints.toReversed().map(({ as }) => sql.constraints.drop(table, as)),
    ...indexes
      .toReversed()
      .map(({ as, constraint }) =>
        constraint ? sql.constraints.drop(table, as) : sql.indexes.drop(table, as),
      ),
    ...indexes.filter(({ constraint }) => constraint).map(({ as }) => sql.indexes.drop(table, as)),
  ];
  if (statements.length === 0) return [];
  return [
    {
      kind: 'brief',
      does: `drop the constraints and indexes of ${column}`,
      lock: 'ACCESS EXCLUSIVE',
      statements,
    },
  ];
}

const carry = (column: string, statements: readonly string[]): readonly Unit[] =>
  statements.length === 0
    ? []
    : [
        {
          kind: 'brief',
          does: `carry over comments and statistics to ${column}`,
          lock: 'SHARE UPDATE EXCLUSIVE',
          statements,
        },
      ];
