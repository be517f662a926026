import type { Dialect } from '../dialects/dialect.ts';
import type { Pair, PairPlan } from '../dialects/dual-write.ts';
import { refersToIt, type BuiltObjects } from '../catalog/inherited.ts';
import { emptyPhase, type Brief, type Phases } from '../plan/plan.ts';
import type { TableName } from '../spec/table-name.ts';
import { afterBackfill, dropForeignKey } from './after-backfill.ts';
import { brief } from './brief.ts';

/** Until every row agrees and the new side has all that the old one has: the same, whatever comes then. */
export function phasesUntilVerified(plan: PairPlan, sql: Dialect): Phases {
  const { pair, added } = plan;
  const { table } = pair;
  return {
    expand: {
      run: added.map((column) => sql.columns.add(table, column)),
      undo: added.map(({ name }) => sql.columns.drop(table, name)).toReversed(),
    },
    'dual-write': {
      run: [sql.dualWrite.startPair(pair)],
      undo: [
        brief('end the dual write', 'ACCESS EXCLUSIVE', [
          ...sql.dualWrite.endPair(pair),
          ...added.map(({ name, default: otherwise }) =>
            otherwise === null
              ? sql.columns.dropDefault(table, name)
              : sql.columns.setDefault(table, name, otherwise),
          ),
        ]),
      ],
    },
    backfill: emptyPhase,
    verify: afterBackfill(plan, sql),
  };
}

/** The phases of a switch between two sides of columns. */
export function pairPhases(plan: PairPlan, sql: Dialect): Phases {
  const { pair, built, taken } = plan;
  const { table } = pair;
  const before = plan.old.map(({ name }) => name);
  const quarantined = before.map((name) => sql.columns.quarantinedName(name));
  const old = before.join(', ');
  const fresh = pair.new.map(({ column }) => column).join(', ');
  return {
    ...phasesUntilVerified(plan, sql),
    'read-switch': {
      run: [brief(wins(fresh, pair.new.length), 'none', sql.dualWrite.setAuthority(pair, 'new', before))],
      undo: [brief(wins(old, before.length), 'none', sql.dualWrite.setAuthority(pair, 'old', before))],
    },
    confidence: emptyPhase,
    quarantine: {
      run: [
        brief(
          `move ${old} out of the way, still kept fresh${movedIdentity(built, 'as')}`,
          'ACCESS EXCLUSIVE',
          [
            ...moveParts(pair, built, 'as', sql),
            ...before.map((name, at) => sql.columns.rename(table, name, quarantined[at] ?? '')),
            ...sql.dualWrite.setAuthority(pair, 'new', quarantined),
          ],
        ),
      ],
      undo: [
        brief(`bring ${old} back${movedIdentity(built, 'name')}`, 'ACCESS EXCLUSIVE', [
          ...before.map((name, at) => sql.columns.rename(table, quarantined[at] ?? '', name)),
          ...sql.dualWrite.setAuthority(pair, 'new', before),
          ...moveParts(pair, built, 'name', sql),
        ]),
      ],
    },
    contract: {
      run: [
        ...referencesEnd(built, sql),
        brief(`end the dual write and drop ${old}${takenKey(built)}`, 'ACCESS EXCLUSIVE', [
          ...sql.dualWrite.endPair(pair),
          ...taken,
          ...pair.new.flatMap(({ column, default: otherwise }) =>
            otherwise?.varies === 'at each call' && otherwise.isIdentity !== true
              ? [sql.columns.setDefault(table, column, otherwise.expression)]
              : [],
          ),
          ...quarantined.flatMap((name) => sql.columns.drop(table, name).statements),
          ...takePrimaryKey(table, built, 'as', sql),
        ]),
      ],
      undo: {
        irreversible: `${table.name}.${before.join(`, ${table.name}.`)} ${before.length > 1 ? 'are' : 'is'} gone`,
      },
    },
  };
}

const wins = (columns: string, count: number): string =>
  `${columns} ${count > 1 ? 'win' : 'wins'} where a write disagrees`;

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

/** The foreign keys that refer to the old side; those that refer to the new one hold since the verification. */
export const referencesEnd = ({ constraints }: BuiltObjects, sql: Dialect): readonly Brief[] =>
  constraints.filter(refersToIt).map((each) => dropForeignKey(each, each.name, sql));

/** The same where the names stay: each that takes the place of another takes its name too, under the lock that drops it. */
export const referencesReplaced = ({ constraints }: BuiltObjects, sql: Dialect): readonly Brief[] =>
  constraints.filter(refersToIt).map((each) => {
    const { does, lock, statements } = dropForeignKey(each, each.name, sql);
    const renamed = sql.constraints.rename(each.on, each.as, each.name);
    return brief(`${does}, whose name ${each.as} takes`, lock, [...statements, renamed]);
  });

export const movedIdentity = ({ indexes }: BuiltObjects, to: 'as' | 'name'): string =>
  indexes
    .filter(({ identity }) => identity)
    .map((index) => `; the replica identity is ${index[to]}`)
    .join('');
