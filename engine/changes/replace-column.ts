import type { Column } from '../catalog/catalog.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { ColumnDefault, Pair } from '../dialects/dual-write.ts';
import type { Expected } from '../plan/expected.ts';
import type { Inheritance } from '../catalog/inheritance.ts';
import { nothing, type Brief, type Lock, type Phases } from '../plan/plan.ts';
import { afterBackfill } from './after-backfill.ts';
import type { Compiled, Subject } from './kind.ts';
import { columnNamed } from './refusals.ts';
import type { Replacement } from './replacement-refusals.ts';
import { objectName, replacementWarnings } from './replacement-warnings.ts';

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
      kind: 'columns',
      old: { table: subject.table, columns: [{ name: old.name, type: old.type }] },
      new: { table: subject.table, columns: [{ name: replacement.to, type: pair.new.type }] },
      up: [pair.conversion?.up ?? sql.names.quoted(old.name)],
      down: [pair.conversion?.down ?? sql.names.quoted(replacement.to)],
      quarantined: [sql.columns.quarantinedName(old.name)],
    },
    phases: pairPhases(pair, old, inheritance, sql),
    walk: sql.walk.pair(subject.table, subject.catalog.key, pair),
    warnings: replacementWarnings(replacement, subject, inheritance),
    expects: expectedOf(pair, old, subject, inheritance),
  };
}

const expectedOf = (
  pair: Pair,
  old: Column,
  { catalog, sql }: Subject,
  { indexes, constraints, statistics, leftBehind }: Inheritance,
): Expected => ({
  owner: catalog.table.owner,
  columns: [
    {
      name: pair.new.column,
      notNull: old.notNull,
      hasDefault: pair.new.default !== null,
      comment: old.comment,
      grants: old.grants ?? [],
    },
  ],
  indexes: indexes.map(({ as, unique, definition }) => ({ name: as, unique, definition })),
  constraints: [
    ...indexes.filter(({ constraint }) => constraint).map(({ as }) => ({ name: as, valid: true })),
    ...constraints.map(({ as, valid }) => ({ name: as, valid })),
  ],
  statistics: statistics.map(({ as }) => as),
  replicaIdentity: indexes.find(({ identity }) => identity)?.as ?? null,
  leftBehind: leftBehind.map(objectName),
  triggers: sql.dualWrite.triggersOfPair(pair),
});

function pairOf(
  replacement: Replacement,
  { migration, table, catalog }: Subject,
  old: Column,
  inheritance: Inheritance,
): Pair {
  return {
    migration,
    table,
    key: catalog.key.map(({ name }) => name),
    old: {
      column: old.name,
      type: old.type,
      plain: old.plain,
      default:
        old.default === null ? null : { expression: old.default, varies: inheritance.oldDefaultVaries },
    },
    new: {
      column: replacement.to,
      type: inheritance.type,
      plain: inheritance.plain,
      default: newDefault(replacement, old, inheritance),
    },
    conversion: replacement.conversion,
    settings: inheritance.settings,
  };
}

function newDefault(replacement: Replacement, old: Column, inheritance: Inheritance): ColumnDefault | null {
  if (replacement.newDefault !== null)
    return { expression: replacement.newDefault, varies: inheritance.defaultVaries };
  if (old.default === null)
    return inheritance.typeDefault === null
      ? null
      : { expression: inheritance.typeDefault, varies: inheritance.defaultVaries };
  if (replacement.conversion === null)
    return { expression: old.default, varies: inheritance.oldDefaultVaries };
  return inheritance.upDefault === null ? null : { expression: inheritance.upDefault, varies: 'never' };
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
          // A domain's default would fill every row.
          default: inheritance.typeDefault === null ? null : 'NULL',
          comment: old.comment,
          grants: old.grants ?? [],
          settings: {
            ...old,
            storage: inheritance.toastable ? old.storage : null,
            compression: inheritance.toastable ? old.compression : null,
          },
        }),
      ],
      undo: [sql.columns.drop(table, pair.new.column)],
    },
    'dual-write': {
      run: [sql.dualWrite.startPair(pair)],
      undo: [
        brief('end the dual write', 'ACCESS EXCLUSIVE', [
          ...sql.dualWrite.endPair(pair),
          inheritance.typeDefault === null
            ? sql.columns.dropDefault(table, pair.new.column)
            : sql.columns.setDefault(table, pair.new.column, 'NULL'),
        ]),
      ],
    },
    backfill: nothing,
    verify: verified,
    'read-switch': {
      run: [
        brief(
          `${pair.new.column} wins where a write disagrees`,
          'none',
          sql.dualWrite.setAuthority(pair, 'new', old.name),
        ),
      ],
      undo: [
        brief(
          `${old.name} wins where a write disagrees`,
          'none',
          sql.dualWrite.setAuthority(pair, 'old', old.name),
        ),
      ],
    },
    confidence: nothing,
    quarantine: {
      run: [
        brief(
          `move ${old.name} out of the way, still kept fresh${movedIdentity(inheritance, 'as')}`,
          'ACCESS EXCLUSIVE',
          [
            ...moveParts(pair, inheritance, 'as', sql),
            sql.columns.rename(table, old.name, quarantined),
            ...sql.dualWrite.setAuthority(pair, 'new', quarantined),
          ],
        ),
      ],
      undo: [
        brief(`bring ${old.name} back${movedIdentity(inheritance, 'name')}`, 'ACCESS EXCLUSIVE', [
          sql.columns.rename(table, quarantined, old.name),
          ...sql.dualWrite.setAuthority(pair, 'new', old.name),
          ...moveParts(pair, inheritance, 'name', sql),
        ]),
      ],
    },
    contract: {
      run: [
        brief(`end the dual write and drop ${old.name}`, 'ACCESS EXCLUSIVE', [
          ...sql.dualWrite.endPair(pair),
          ...(old.sequence === null
            ? []
            : sql.columns.takeSequence(table, { name: pair.new.column, type: pair.new.type }, old.sequence)),
          ...(pair.new.default?.varies === 'at each call'
            ? [sql.columns.setDefault(table, pair.new.column, pair.new.default.expression)]
            : []),
          ...sql.columns.drop(table, quarantined).statements,
        ]),
      ],
      undo: { irreversible: `${table.name}.${old.name} is gone` },
    },
  };
}

/** The old index's part in replication and in CLUSTER goes to the new one, or back. */
const moveParts = (
  { table }: Pair,
  { indexes }: Inheritance,
  to: 'as' | 'name',
  sql: Dialect,
): readonly string[] => indexes.flatMap((index) => sql.indexes.takePart(table, index[to], index));

const movedIdentity = ({ indexes }: Inheritance, to: 'as' | 'name'): string =>
  indexes
    .filter(({ identity }) => identity)
    .map((index) => `; the replica identity is ${index[to]}`)
    .join('');
