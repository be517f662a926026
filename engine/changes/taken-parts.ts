import { refersToIt, type BuiltObjects, type InheritedForeignKey } from '../catalog/inherited.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { Pair } from '../dialects/dual-write.ts';
import type { Brief } from '../plan/plan.ts';
import type { TableName } from '../spec/table-name.ts';
import { brief } from '../plan/brief.ts';

/** The old index's part in replication and in CLUSTER goes to the new one, or back. */
export const moveParts = (
  { table }: Pair,
  { indexes }: BuiltObjects,
  to: 'as' | 'name',
  sql: Dialect,
): readonly string[] =>
  indexes.flatMap((index) =>
    to === 'name' && index.byDefault
      ? [
          sql.indexes.identifyByDefault(table),
          ...sql.indexes.takePart(table, index.name, { ...index, identity: false }),
        ]
      : sql.indexes.takePart(table, index[to], index),
  );

/** The new side's index becomes the primary key, once the old column has taken the old one with it. */
export const takePrimaryKey = (
  table: TableName,
  { indexes }: BuiltObjects,
  named: 'as' | 'name',
  sql: Dialect,
): readonly string[] =>
  indexes
    .filter(({ primary }) => primary)
    .flatMap((index) => [
      sql.indexes.takePrimaryKey(table, index[named]),
      ...(index.byDefault ? [sql.indexes.identifyByDefault(table)] : []),
    ]);

export const takenKey = ({ indexes }: BuiltObjects): string =>
  indexes.some(({ primary }) => primary) ? '; the new index is the primary key' : '';

/** Two tables are locked: each of them in a call of its own. */
export const dropForeignKey = ({ on }: Pick<InheritedForeignKey, 'on'>, name: string, sql: Dialect): Brief =>
  sql.tables.ofTwo(
    brief(`drop ${name} of ${on.schema}.${on.name}`, 'ACCESS EXCLUSIVE', [sql.constraints.drop(on, name)]),
  );

/** The foreign keys that refer to one side, by the names that they have or get. */
export const dropReferences = (
  { constraints }: BuiltObjects,
  called: 'as' | 'name',
  sql: Dialect,
): readonly Brief[] => constraints.filter(refersToIt).map((each) => dropForeignKey(each, each[called], sql));

/** The same where the names stay: each that takes the place of another takes its name too, under the lock that drops it. */
export const referencesReplaced = ({ constraints }: BuiltObjects, sql: Dialect): readonly Brief[] =>
  constraints.filter(refersToIt).map((each) => {
    const dropped = dropForeignKey(each, each.name, sql);
    const renamed = sql.constraints.rename(each.on, each.as, each.name);
    return {
      ...dropped,
      does: `${dropped.does}, whose name ${each.as} takes`,
      statements: [...dropped.statements, renamed],
    };
  });

export const movedIdentity = ({ indexes }: BuiltObjects, to: 'as' | 'name'): string =>
  indexes
    .filter(({ identity }) => identity)
    .map((index) => `; the replica identity is ${index[to]}`)
    .join('');
