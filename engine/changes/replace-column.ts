import type { Column, Inheritance } from '../catalog/catalog.ts';
import type { Dialect, Pair } from '../dialects/dialect.ts';
import type { Expected } from '../plan/expected.ts';
import { nothing, type Brief, type Lock, type Phases } from '../plan/plan.ts';
import type { Compiled, Subject } from './kind.ts';
import { columnNamed } from './refusals.ts';
import type { Replacement } from './replacement-refusals.ts';

export function replaceColumn(
  replacement: Replacement,
  subject: Subject,
  inheritance: Inheritance,
): Compiled {
  const old = columnNamed(subject.catalog, replacement.from);
  if (!old) throw new Error(`compiling before the refusals were asked: no column ${replacement.from}`);
  const { sql } = subject;
  const pair = pairOf(replacement, subject, old, inheritance);
  return {
    shape: {
      kind: 'pair',
      old: { column: old.name, type: old.type },
      new: { column: replacement.to, type: pair.new.type },
      up: pair.conversion?.up ?? sql.names.quoted(old.name),
      down: pair.conversion?.down ?? sql.names.quoted(replacement.to),
      quarantined: sql.columns.quarantinedName(old.name),
    },
    phases: pairPhases(pair, old, inheritance, sql),
    walk: sql.walk.pair(subject.table, subject.catalog.key, pair),
    warnings: warnings(replacement, subject, inheritance),
    expects: expectedOf(pair, old, subject, inheritance),
  };
}

const expectedOf = (
  pair: Pair,
  old: Column,
  { catalog }: Subject,
  { indexes, constraints }: Inheritance,
): Expected => ({
  owner: catalog.table.owner,
  column: {
    name: pair.new.column,
    notNull: old.notNull,
    hasDefault: pair.new.default !== null,
    comment: old.comment,
    grants: old.grants ?? [],
  },
  indexes: indexes.map(({ as, unique }) => ({ name: as, unique })),
  constraints: constraints.map(({ as, valid }) => ({ name: as, valid })),
});

function pairOf(
  replacement: Replacement,
  { migration, table }: Subject,
  old: Column,
  inheritance: Inheritance,
): Pair {
  return {
    migration,
    table,
    old: {
      column: old.name,
      type: old.type,
      plain: old.plain,
      default:
        old.default === null ? null : { expression: old.default, volatile: inheritance.volatileOldDefault },
    },
    new: {
      column: replacement.to,
      type: inheritance.type,
      plain: inheritance.plain,
      default: newDefault(replacement, old, inheritance),
    },
    conversion: replacement.conversion,
  };
}

function newDefault(replacement: Replacement, old: Column, inheritance: Inheritance): Pair['new']['default'] {
  if (replacement.newDefault !== null)
    return { expression: replacement.newDefault, volatile: inheritance.volatileDefault };
  if (old.default === null) return null;
  if (replacement.conversion === null)
    return { expression: old.default, volatile: inheritance.volatileOldDefault };
  return inheritance.upDefault === null ? null : { expression: inheritance.upDefault, volatile: false };
}

const brief = (does: string, lock: Lock, statements: readonly string[]): Brief => ({
  kind: 'brief',
  does,
  lock,
  statements,
});

function pairPhases(pair: Pair, old: Column, inheritance: Inheritance, sql: Dialect): Phases {
  const { table } = pair;
  const quarantined = sql.columns.quarantinedName(old.name);
  const verified = afterBackfill(pair, old, inheritance, sql);
  return {
    expand: {
      run: [
        sql.columns.add(table, {
          name: pair.new.column,
          type: pair.new.type,
          collation: inheritance.collation,
          default: null,
          comment: old.comment,
          grants: old.grants ?? [],
        }),
      ],
      undo: [sql.columns.drop(table, pair.new.column)],
    },
    'dual-write': {
      run: [sql.dualWrite.startPair(pair)],
      undo: [
        brief('end the dual write', 'ACCESS EXCLUSIVE', [
          ...sql.dualWrite.endPair(pair),
          sql.columns.dropDefault(table, pair.new.column),
        ]),
      ],
    },
    backfill: nothing,
    verify: verified,
    'read-switch': {
      run: [
        brief(`${pair.new.column} wins where a write disagrees`, 'none', [
          sql.dualWrite.setAuthority(pair, 'new', old.name),
        ]),
      ],
      undo: [
        brief(`${old.name} wins where a write disagrees`, 'none', [
          sql.dualWrite.setAuthority(pair, 'old', old.name),
        ]),
      ],
    },
    confidence: nothing,
    quarantine: {
      run: [
        brief(`move ${old.name} out of the way, still kept fresh`, 'ACCESS EXCLUSIVE', [
          sql.columns.rename(table, old.name, quarantined),
          sql.dualWrite.setAuthority(pair, 'new', quarantined),
        ]),
      ],
      undo: [
        brief(`bring ${old.name} back`, 'ACCESS EXCLUSIVE', [
          sql.columns.rename(table, quarantined, old.name),
          sql.dualWrite.setAuthority(pair, 'new', old.name),
        ]),
      ],
    },
    contract: {
      run: [
        brief(`end the dual write and drop ${old.name}`, 'ACCESS EXCLUSIVE', [
          ...sql.dualWrite.endPair(pair),
          ...(old.sequence === null ? [] : [sql.columns.ownSequence(old.sequence, table, pair.new.column)]),
          ...(pair.new.default?.volatile === true
            ? [sql.columns.setDefault(table, pair.new.column, pair.new.default.expression)]
            : []),
          ...sql.columns.drop(table, quarantined).statements,
        ]),
      ],
      undo: { irreversible: `${table.name}.${old.name} is gone` },
    },
  };
}

/** What the new column takes over once every row agrees: NOT NULL, indexes, constraints. */
function afterBackfill(pair: Pair, old: Column, inheritance: Inheritance, sql: Dialect): Phases['verify'] {
  const { migration, table } = pair;
  const { constraints, indexes } = inheritance;
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
    ],
    undo: [
      ...(constraints.length + indexes.length === 0
        ? []
        : [
            {
              kind: 'brief' as const,
              does: `drop the constraints and indexes of ${pair.new.column}`,
              lock: 'ACCESS EXCLUSIVE' as const,
              statements: [
                ...constraints.toReversed().map(({ as }) => sql.constraints.drop(table, as)),
                ...indexes
                  .toReversed()
                  .map(({ as, constraint }) =>
                    constraint ? sql.constraints.drop(table, as) : sql.indexes.drop(table, as),
                  ),
                ...indexes
                  .filter(({ constraint }) => constraint)
                  .map(({ as }) => sql.indexes.drop(table, as)),
              ],
            },
          ]),
      ...(old.notNull ? [sql.columns.dropNotNull(migration, table, pair.new.column)] : []),
    ],
  };
}

function warnings(replacement: Replacement, subject: Subject, inheritance: Inheritance): readonly string[] {
  const name = `${subject.table.name}.${replacement.from}`;
  return [
    ...subject.catalog.dependents
      .filter((each) => !each.foreignKey)
      .map(
        ({ what }) => `${what} names ${name}: the contract gate stays shut until it names ${replacement.to}`,
      ),
    ...inheritance.leftBehind.map(
      (what) => `${what} is not carried over to ${replacement.to}: it speaks of the old values`,
    ),
  ];
}
