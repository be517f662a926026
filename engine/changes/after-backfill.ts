import type { Dialect } from '../dialects/dialect.ts';
import { refersToIt, type InheritedConstraint } from '../catalog/inherited.ts';
import type { Phase } from '../plan/plan.ts';
import type { TableName } from '../spec/table-name.ts';
import type { PairPlan } from '../dialects/dual-write.ts';
import { ownConstraints } from './expectations.ts';
import { dropReferences } from './taken-parts.ts';
import { buildCarried, dropCarried } from './partition-indexes.ts';
import { briefIfAny } from '../plan/brief.ts';

/** What the new side takes over once every row agrees: NOT NULL, indexes, constraints, statistics. */
export function afterBackfill(plan: PairPlan, sql: Dialect): Phase {
  const { pair, built, notNull } = plan;
  const { migration, table } = pair;
  const { constraints, indexes, statistics } = built;
  const names = pair.new.map(({ column }) => column).join(', ');
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
      ...briefIfAny(`carry over comments and statistics to ${names}`, 'SHARE UPDATE EXCLUSIVE', [
        ...indexes.flatMap((index) => sql.indexes.settings(table, index)),
        ...constraints.flatMap((each) =>
          each.comment === null ? [] : [sql.constraints.comment(tableOf(each, table), each.as, each.comment)],
        ),
        ...statistics.flatMap((each) => sql.statistics.create(table, each)),
      ]),
      ...sql.statistics.analyze(migration, table),
    ],
    undo: [
      ...dropReferences(built, 'as', sql).toReversed(),
      ...briefIfAny(`drop the constraints and indexes of ${names}`, 'ACCESS EXCLUSIVE', [
        ...statistics.toReversed().map(({ as }) => sql.statistics.drop(table, as)),
        ...ownConstraints(constraints.toReversed()).map(({ as }) => sql.constraints.drop(table, as)),
        ...dropCarried(plan, sql),
      ]).map(sql.tables.ofTwo),
      ...notNull.toReversed().map((column) => sql.columns.dropNotNull(migration, table, column)),
    ],
  };
}

/** A foreign key that refers to the column is another table's, or this one's. */
const tableOf = (constraint: InheritedConstraint, table: TableName): TableName =>
  refersToIt(constraint) ? constraint.on : table;
