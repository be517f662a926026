import type { InheritedIndex } from '../catalog/inherited.ts';
import type { IndexFacts } from '../catalog/facts.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { MovedColumn, TableSplit } from '../dialects/splits.ts';
import { brief } from '../plan/brief.ts';
import type { Unit } from '../plan/plan.ts';
import type { Fault } from '../spec/fault.ts';
import { unsaidIsNull } from './moved-columns.ts';

/** What is asked of a unique index over columns that go. */
interface Asked {
  readonly index: Pick<IndexFacts, 'columns'>;
  readonly facts: Pick<InheritedIndex, 'name' | 'deferrable' | 'nullsDistinct' | 'identity'>;
  /** Of the table's key. */
  readonly key: readonly string[];
  readonly moved: readonly Pick<MovedColumn, 'column' | 'unsaid'>[];
  readonly table: string;
  readonly into: string;
}

/** Why the new table could not have it. */
export function uniqueFaults({ index, facts, key, moved, table, into }: Asked): readonly Fault[] {
  const name = `the unique index ${facts.name} of ${table}`;
  const isNull = (column: string | null): boolean =>
    moved.some((each) => each.column === column && unsaidIsNull(each));
  const maybeMany =
    key.every((each) => index.columns.includes(each)) || (facts.nullsDistinct && index.columns.some(isNull));
  return [
    ...(maybeMany
      ? []
      : [
          {
            fact: `${name} allows one row alone of those for which ${into} has no row (${moved.map(({ column, unsaid }) => `${column} ${unsaid}`).join(', ')}), as far as its columns tell, and there would be any number of them`,
            remedy:
              'Let one of its columns be NULL until it is said; or leave its columns in the table, or drop it before the start and build it on the new table afterwards.',
          },
        ]),
    ...(facts.deferrable
      ? [
          {
            fact: `${name} is deferrable, and the new table is written row by row within a statement`,
            remedy: 'Make it NOT DEFERRABLE first, or leave its columns.',
          },
        ]
      : []),
    ...(facts.identity
      ? [
          {
            fact: `${name} is the table's replica identity`,
            remedy: `ALTER TABLE ${table} REPLICA IDENTITY DEFAULT first.`,
          },
        ]
      : []),
  ];
}

/** What the new table gets once every row is there. */
export interface LateParts {
  readonly run: readonly Unit[];
  readonly undo: readonly Unit[];
}

/** Once every row is there: a branch that names another index than the key could not be met before. */
export const uniquesBuilt = ({ migration, into, uniques }: TableSplit, sql: Dialect): LateParts => ({
  run: uniques.flatMap((index) => {
    const settings = sql.indexes.settings(into, { ...index, as: index.name });
    return [
      sql.indexes.build(migration, into, index),
      ...(index.isConstraint
        ? sql.indexes.adopt(into, index.name, { deferrable: false, deferred: false })
        : []),
      ...(settings.length === 0
        ? []
        : [brief(`carry over the comments of ${index.name}`, 'SHARE UPDATE EXCLUSIVE', settings)]),
    ];
  }),
  undo:
    uniques.length === 0
      ? []
      : [
          brief(
            `drop the unique indexes of ${into.name}`,
            'ACCESS EXCLUSIVE',
            uniques.flatMap(({ name, isConstraint }) => [
              ...(isConstraint ? [sql.constraints.drop(into, name)] : []),
              sql.indexes.drop(into, name),
            ]),
          ),
        ],
});
