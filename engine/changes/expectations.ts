import type { Column } from '../catalog/catalog.ts';
import { refersToIt, type BuiltObjects, type InheritedConstraint } from '../catalog/inherited.ts';
import type { Pair } from '../dialects/dual-write.ts';
import type { ExpectedTable, ExpectedColumn } from '../plan/expected.ts';
import type { Subject } from './kind.ts';
import { objectName } from './replacement-warnings.ts';
import { isApplications, type WrittenBy } from './written-by.ts';

/** Nothing beyond the table and its owner: a kind adds what it makes. */
export const expectsNothing = (owner: string): ExpectedTable => ({
  owner,
  columns: [],
  indexes: [],
  constraints: [],
  statistics: [],
  replicaIdentity: null,
  leftBehind: [],
  triggers: [],
});

/** A column with the properties that the catalog has. */
export const columnAsItIs = ({
  name,
  notNull,
  default: otherwise,
  comment,
  grants,
}: Column): ExpectedColumn => ({
  name,
  notNull,
  hasDefault: otherwise !== null,
  comment,
  grants: grants ?? [],
});

function referringTo(constraints: readonly InheritedConstraint[]): Pick<ExpectedTable, 'referring'> {
  const referring = constraints
    .filter(refersToIt)
    .map(({ on, as: name, name: replaces }) => ({ on, name, replaces }));
  return referring.length === 0 ? {} : { referring };
}

/** Those of the table alone. */
export const ownConstraints = (constraints: readonly InheritedConstraint[]): readonly InheritedConstraint[] =>
  constraints.filter((each) => !refersToIt(each));

/** The indexes, constraints, statistics and triggers of a pair of sides. */
export const expectsBuilt = (
  { indexes, constraints, statistics, leftBehind }: BuiltObjects,
  { catalog, sql }: Subject,
  pair: Pair,
  change: WrittenBy,
): Omit<ExpectedTable, 'columns'> => ({
  owner: catalog.table.owner,
  indexes: indexes.map(({ as, unique, definition }) => ({ name: as, unique, definition })),
  constraints: [
    ...indexes.filter(({ constraint }) => constraint).map(({ as }) => ({ name: as, valid: true })),
    ...ownConstraints(constraints).map(({ as, valid }) => ({ name: as, valid })),
  ],
  ...referringTo(constraints),
  statistics: statistics.map(({ as }) => as),
  replicaIdentity: indexes.find(({ identity, byDefault }) => identity && !byDefault)?.as ?? null,
  leftBehind: leftBehind.map(objectName),
  triggers: isApplications(change) ? [] : sql.dualWrite.triggersOfPair(pair),
});
