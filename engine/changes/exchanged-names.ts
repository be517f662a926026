import type { Dialect } from '../dialects/dialect.ts';
import { refersToIt, type BuiltObjects } from '../catalog/inherited.ts';
import { comparing, type ComparingWalk, type Walk, type WritingWalk } from '../plan/walk.ts';
import type { TableName } from '../spec/table-name.ts';

type Rename = (table: TableName, from: string, to: string) => string;

/**
 * What the old column has and what was built for the new one exchange their names: errors, ON CONFLICT ON CONSTRAINT and
 * hints go on meaning the column that is used. Done once more, everything is called as before.
 */
export function exchangedNames(
  table: TableName,
  { indexes, constraints, statistics }: BuiltObjects,
  sql: Dialect,
): readonly string[] {
  const exchange =
    (rename: Rename) =>
    ({ name, as }: { readonly name: string; readonly as: string }): readonly string[] => {
      const between = sql.names.shortened(`underpin_between_${name}`);
      return [rename(table, name, between), rename(table, as, name), rename(table, between, as)];
    };
  return [
    ...indexes.filter(({ constraint }) => !constraint).flatMap(exchange(sql.indexes.rename)),
    // Its index is called like it.
    ...indexes.filter(({ constraint }) => constraint).flatMap(exchange(sql.constraints.rename)),
    // Another table's foreign keys keep theirs: it would be locked too.
    ...constraints.filter((each) => !refersToIt(each)).flatMap(exchange(sql.constraints.rename)),
    ...statistics.flatMap(exchange(sql.statistics.rename)),
  ];
}

/** The walk before both sides exchange their names, and the one that compares them afterwards. */
export const walksAroundSwap = (before: WritingWalk, after: ComparingWalk): readonly Walk[] => [
  { ...before, purposes: ['backfill', 'verify', 'repair'] },
  { ...comparing(after), purposes: ['reconcile', 'before-contract'] },
];
