import type { Column, Inheritance } from '../catalog/catalog.ts';
import {
  addColumn,
  addConstraint,
  adoptIndex,
  createIndex,
  dropColumn,
  dropConstraint,
  dropDefault,
  dropIndex,
  dropNotNull,
  ownSequence,
  quarantinedName,
  renameColumn,
  setDefault,
  setNotNull,
} from '../dialects/postgres/columns.ts';
import {
  endDualWrite,
  pairEvents,
  pairFunction,
  startDualWrite,
  type Pair,
} from '../dialects/postgres/dual-write.ts';
import { identifier } from '../dialects/postgres/quote.ts';
import { pairTarget } from '../dialects/postgres/walk-target.ts';
import { walkStatements } from '../dialects/postgres/walk.ts';
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
  const pair = pairOf(replacement, subject, old, inheritance);
  return {
    shape: {
      kind: 'pair',
      old: { column: old.name, type: old.type },
      new: { column: replacement.to, type: pair.new.type },
      up: pair.conversion?.up ?? identifier(old.name),
      down: pair.conversion?.down ?? identifier(replacement.to),
      quarantined: quarantinedName(old.name),
    },
    phases: pairPhases(pair, old, inheritance),
    walk: walkStatements(subject.table, subject.catalog.key, pairTarget(pair)),
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

function pairPhases(pair: Pair, old: Column, inheritance: Inheritance): Phases {
  const { migration, table } = pair;
  const quarantined = quarantinedName(old.name);
  const verified = afterBackfill(pair, old, inheritance);
  return {
    expand: {
      run: [
        addColumn(table, {
          name: pair.new.column,
          type: pair.new.type,
          collation: inheritance.collation,
          default: null,
          comment: old.comment,
          grants: old.grants ?? [],
        }),
      ],
      undo: [dropColumn(table, pair.new.column)],
    },
    'dual-write': {
      run: [startDualWrite(pair)],
      undo: [
        brief('end the dual write', 'ACCESS EXCLUSIVE', [
          ...endDualWrite(migration, table, pairEvents(pair)),
          dropDefault(table, pair.new.column),
        ]),
      ],
    },
    backfill: nothing,
    verify: verified,
    'read-switch': {
      run: [
        brief(`${pair.new.column} wins where a write disagrees`, 'none', [
          pairFunction(pair, 'new', old.name),
        ]),
      ],
      undo: [
        brief(`${old.name} wins where a write disagrees`, 'none', [pairFunction(pair, 'old', old.name)]),
      ],
    },
    confidence: nothing,
    quarantine: {
      run: [
        brief(`move ${old.name} out of the way, still kept fresh`, 'ACCESS EXCLUSIVE', [
          renameColumn(table, old.name, quarantined),
          pairFunction(pair, 'new', quarantined),
        ]),
      ],
      undo: [
        brief(`bring ${old.name} back`, 'ACCESS EXCLUSIVE', [
          renameColumn(table, quarantined, old.name),
          pairFunction(pair, 'new', old.name),
        ]),
      ],
    },
    contract: {
      run: [
        brief(`end the dual write and drop ${old.name}`, 'ACCESS EXCLUSIVE', [
          ...endDualWrite(migration, table, pairEvents(pair)),
          ...(old.sequence === null ? [] : [ownSequence(old.sequence, table, pair.new.column)]),
          ...(pair.new.default?.volatile === true
            ? [setDefault(table, pair.new.column, pair.new.default.expression)]
            : []),
          ...dropColumn(table, quarantined).statements,
        ]),
      ],
      undo: { irreversible: `${table.name}.${old.name} is gone` },
    },
  };
}

/** What the new column takes over once every row agrees: NOT NULL, indexes, constraints. */
function afterBackfill(pair: Pair, old: Column, inheritance: Inheritance): Phases['verify'] {
  const { migration, table } = pair;
  const { constraints, indexes } = inheritance;
  return {
    run: [
      ...(old.notNull ? setNotNull(migration, table, pair.new.column) : []),
      ...indexes.flatMap((index) => [
        createIndex(migration, table, index.as, index),
        ...(index.constraint ? [adoptIndex(table, index.as, index)] : []),
      ]),
      // One that nobody ever validated may not hold for old rows: it is carried over as it is.
      ...constraints.flatMap(({ as, definition, valid }) =>
        addConstraint(migration, table, as, definition).slice(0, valid ? 2 : 1),
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
                ...constraints.toReversed().map(({ as }) => dropConstraint(table, as)),
                ...indexes
                  .toReversed()
                  .map(({ as, constraint }) =>
                    constraint ? dropConstraint(table, as) : dropIndex(table, as),
                  ),
                ...indexes.filter(({ constraint }) => constraint).map(({ as }) => dropIndex(table, as)),
              ],
            },
          ]),
      ...(old.notNull ? [dropNotNull(migration, table, pair.new.column)] : []),
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
