import type { Catalog, Column } from '../catalog/catalog.ts';
import type { NewColumn } from '../dialects/definitions.ts';
import type { ColumnDefault, Pair, PairColumn, PairPlan } from '../dialects/dual-write.ts';
import type { ExpectedTable } from '../plan/expected.ts';
import { oneWalk } from '../plan/walk.ts';
import type { Inheritance } from '../catalog/inherited.ts';
import { columnAsItIs, expectsBuilt } from './expectations.ts';
import { identityWarnings, takeIdentity } from './identity.ts';
import type { CompiledChange, Subject } from './kind.ts';
import { pairPhases } from './pair-phases.ts';
import { columnNamed } from './refusals.ts';
import type { Replacement } from './replacement-refusals.ts';
import { keyWarnings, objectName, replacementWarnings } from './replacement-warnings.ts';

/** A column and another one that takes its place, with all that hangs on it. */
export interface PlannedPair extends Places {
  readonly plan: PairPlan;
  readonly expects: ExpectedTable;
}

export function plannedPair(
  replacement: Replacement,
  subject: Subject,
  inheritance: Inheritance,
): PlannedPair {
  const old = columnNamed(subject.catalog, replacement.from);
  if (!old) throw new Error(`compiling before the refusals were asked: no column ${replacement.from}`);
  const next = newColumn(replacement, old, inheritance);
  const pair = pairOf(replacement, subject, { old, next }, inheritance);
  return {
    old,
    next,
    plan: {
      pair,
      key: subject.catalog.key,
      old: [old],
      added: [addedColumn(next.column, old, inheritance)],
      notNull: old.notNull ? [next.column] : [],
      built: inheritance,
      taken: [...takenSequence(next, old, subject), ...takenIdentity(next, old, subject)],
    },
    expects: expectedOf(pair, { old, next }, subject, inheritance),
  };
}

export function replaceColumn(
  replacement: Replacement,
  subject: Subject,
  inheritance: Inheritance,
): CompiledChange {
  const { sql } = subject;
  const { old, plan, expects } = plannedPair(replacement, subject, inheritance);
  const { pair } = plan;
  return {
    shape: {
      kind: 'columns',
      old: { table: subject.table, columns: [{ name: old.name, type: old.type }] },
      new: { table: subject.table, columns: [{ name: replacement.to, type: inheritance.type }] },
      up: pair.conversion?.up ?? [sql.names.quoted(old.name)],
      down: pair.conversion?.down ?? [sql.names.quoted(replacement.to)],
      quarantined: sql.pairPhases === null ? [sql.columns.quarantinedName(old.name)] : [],
    },
    phases: sql.pairPhases === null ? pairPhases(plan, sql) : sql.pairPhases(plan),
    walks: oneWalk(sql.walk.pair(subject.table, subject.catalog.key, pair, touchedColumns(subject.catalog))),
    warnings: [
      ...replacementWarnings(subject, replacement.to, inheritance.leftBehind),
      ...keyWarnings(inheritance, false),
      ...identityWarnings(old, 'contract'),
    ],
    expects,
  };
}

/** The columns that every UPDATE sets by itself, and that a backfill keeps as they are. */
export const touchedColumns = ({ columns }: Catalog): readonly string[] =>
  columns.filter(({ touched }) => touched === true).map(({ name }) => name);

/** The new column as it is added: a domain's default would fill every row. */
const addedColumn = (name: string, old: Column, inheritance: Inheritance): NewColumn => ({
  name,
  type: inheritance.type,
  collation: inheritance.collation,
  default: inheritance.typeDefault === null ? null : 'NULL',
  comment: old.comment,
  grants: old.grants ?? [],
  settings: {
    ...old,
    storage: inheritance.toastable ? old.storage : null,
    compression: inheritance.toastable ? old.compression : null,
  },
});

const takenSequence = (
  { column, type }: PairColumn,
  old: Column,
  { table, sql }: Subject,
): readonly string[] =>
  old.sequence === null ? [] : sql.columns.takeSequence(table, { name: column, type }, old.sequence);

const takenIdentity = (next: PairColumn, old: Column, { table, sql }: Subject): readonly string[] =>
  old.identitySequence === null
    ? []
    : takeIdentity(
        old,
        {
          table,
          from: { name: sql.columns.quarantinedName(old.name), type: old.type },
          to: { name: next.column, type: next.type },
        },
        sql,
      );

/** A column and the one that takes its place. */
interface Places {
  readonly old: Column;
  readonly next: PairColumn;
}

const expectedOf = (
  pair: Pair,
  { old, next }: Places,
  subject: Subject,
  inheritance: Inheritance,
): ExpectedTable => ({
  ...expectsBuilt(inheritance, subject, pair),
  columns: [{ ...columnAsItIs(old), name: next.column, hasDefault: next.default !== null && !old.identity }],
  ...(old.identitySequence === null ? {} : { identitySequences: [old.identitySequence.name] }),
  leftBehind: inheritance.leftBehind.map(objectName),
});

function pairOf(
  replacement: Replacement,
  { migration, table, catalog }: Subject,
  { old, next }: Places,
  inheritance: Inheritance,
): Pair {
  const { conversion } = replacement;
  return {
    migration,
    table,
    key: catalog.key.map(({ name }) => name),
    old: [
      {
        column: old.name,
        type: old.type,
        plain: old.plain,
        default: oldDefault(old, inheritance),
      },
    ],
    new: [next],
    conversion: conversion && { up: [conversion.up], down: [conversion.down] },
    settings: inheritance.settings,
  };
}

/** Its values tell as little of the writer as those of a sequence. */
const counted: ColumnDefault = { expression: '', varies: 'at each call', isIdentity: true };

const oldDefault = (old: Column, { oldDefaultVaries }: Inheritance): ColumnDefault | null => {
  if (old.identity) return counted;
  return old.default === null ? null : { expression: old.default, varies: oldDefaultVaries };
};

const newColumn = (replacement: Replacement, old: Column, inheritance: Inheritance): PairColumn => ({
  column: replacement.to,
  type: inheritance.type,
  plain: inheritance.plain,
  default: newDefault(replacement, old, inheritance),
});

function newDefault(replacement: Replacement, old: Column, inheritance: Inheritance): ColumnDefault | null {
  if (old.identity) return counted;
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
