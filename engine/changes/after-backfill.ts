import type { Dialect } from '../dialects/dialect.ts';
import { refersToIt, type InheritedConstraint } from '../catalog/inherited.ts';
import type { Phase, Unit } from '../plan/plan.ts';
import type { TableName } from '../spec/table-name.ts';
import type { PairPlan } from '../dialects/dual-write.ts';
import { ownConstraints } from './expectations.ts';
import { dropForeignKey } from './taken-parts.ts';
import { buildCarried, dropCarried } from './partition-indexes.ts';
import { brief } from '../plan/brief.ts';

/** What the new side takes over once every row agrees: NOT NULL, indexes, constraints, statistics. */
export function afterBackfill(plan: PairPlan, sql: Dialect): Phase {
  const { pair, built, notNull } = plan;
  const { migration, table } = pair;
  const { constraints, indexes, statistics } = built;
  return {
    run: [
      ...notNull.flatMap((column) => sql.columns.setNotNull(migration, table, column)),
      ...indexes.flatMap((index) => buildCarried(plan, index, sql)),
      // One that nobody ever validated may not hold for old rows: it is carried over as it is.
      ...constraints.flatMap((each) =>
        sql.constraints
          .add(migration, tableOf(each, table), each.as, each.definition)
          .slice(0, each.valid ? 2 : 1),
      ),
      ...carry(namesOf(pair), [
        ...indexes.flatMap((index) => sql.indexes.settings(table, index)),
        ...constraints.flatMap((each) =>
          each.comment === null ? [] : [sql.constraints.comment(tableOf(each, table), each.as, each.comment)],
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

/** A foreign key that refers to the column is another table's, or this one's. */
const tableOf = (constraint: InheritedConstraint, table: TableName): TableName =>
  refersToIt(constraint) ? constraint.on : table;

function dropped(plan: PairPlan, sql: Dialect): readonly Unit[] {
  const { table } = plan.pair;
  const { constraints, statistics } = plan.built;
  const statements = [
    ...statistics.toReversed().map(({ as }) => sql.statistics.drop(table, as)),
    ...ownConstraints(constraints)
      .toReversed()
      .map(({ as }) => sql.constraints.drop(table, as)),
    ...dropCarried(plan, sql),
  ];
  const referring = constraints.filter(refersToIt).toReversed();
  if (statements.length === 0) return [];
  return [
    ...referring.map((each) => dropForeignKey(each, each.as, sql)),
    sql.tables.ofTwo(
      brief(`drop the constraints and indexes of ${namesOf(plan.pair)}`, 'ACCESS EXCLUSIVE', statements),
    ),
  ];
}

const carry = (columns: string, statements: readonly string[]): readonly Unit[] =>
  statements.length === 0
    ? []
    : [brief(`carry over comments and statistics to ${columns}`, 'SHARE UPDATE EXCLUSIVE', statements)];
