import type { Dialect } from '../dialects/dialect.ts';
import type { Phase, Unit } from '../plan/plan.ts';
import type { PairPlan } from '../dialects/dual-write.ts';

/** What the new side takes over once every row agrees: NOT NULL, indexes, constraints, statistics. */
export function afterBackfill(plan: PairPlan, sql: Dialect): Phase {
  const { pair, built, notNull } = plan;
  const { migration, table } = pair;
  const { constraints, indexes, statistics } = built;
  return {
    run: [
      ...notNull.flatMap((column) => sql.columns.setNotNull(migration, table, column)),
      ...indexes.flatMap((index) => [
        sql.indexes.create(migration, table, index.as, index),
        ...(index.constraint ? [sql.indexes.adopt(table, index.as, index)] : []),
      ]),
      // One that nobody ever validated may not hold for old rows: it is carried over as it is.
      ...constraints.flatMap(({ as, definition, valid }) =>
        sql.constraints.add(migration, table, as, definition).slice(0, valid ? 2 : 1),
      ),
      ...carry(namesOf(pair), [
        ...indexes.flatMap((index) => sql.indexes.settings(table, index)),
        ...constraints.flatMap(({ as, comment }) =>
          comment === null ? [] : [sql.constraints.comment(table, as, comment)],
        ),
        ...statistics.flatMap((each) => sql.statistics.create(table, each)),
      ]),
      ...sql.statistics.analyze(migration, table),
    ],
    undo: [
      ...dropped(plan, sql),
      ...notNull.toReversed().map((column) => sql.columns.dropNotNull(migration, table, column)),
    ],
  };
}

const namesOf = (pair: PairPlan['pair']): string => pair.new.map(({ column }) => column).join(', ');

function dropped({ pair, built }: PairPlan, sql: Dialect): readonly Unit[] {
  const { table } = pair;
  const { constraints, indexes, statistics } = built;
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
      does: `drop the constraints and indexes of ${namesOf(pair)}`,
      lock: 'ACCESS EXCLUSIVE',
      statements,
    },
  ];
}

const carry = (columns: string, statements: readonly string[]): readonly Unit[] =>
  statements.length === 0
    ? []
    : [
        {
          kind: 'brief',
          does: `carry over comments and statistics to ${columns}`,
          lock: 'SHARE UPDATE EXCLUSIVE',
          statements,
        },
      ];
