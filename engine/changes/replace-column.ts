import type { Column } from '../catalog/catalog.ts';
import type { NewColumn } from '../dialects/definitions.ts';
import type { Pair, PairColumn } from '../dialects/dual-write.ts';
import { isDomain, type Inheritance } from '../catalog/inherited.ts';
import { columnAsItIs, expectsBuilt } from './expectations.ts';
import { identityWarnings } from './identity.ts';
import type { CompiledChange, Subject } from './kind.ts';
import { newDefault, oldPairColumn } from './pair-defaults.ts';
import { changeOfPair } from './pair-phases.ts';
import { asPartitioned, partitionedWarnings, partitionIndexWarnings } from './partitioned-refusals.ts';
import { knownColumn } from './refusals.ts';
import type { Replacement } from './replacement-refusals.ts';
import { keyWarnings, ownKeyWarnings, replacementWarnings } from './replacement-warnings.ts';
import { shortSequences, takenCounters } from './taken-counters.ts';
import { applicationWarnings } from './written-by.ts';

export type PlannedPair = ReturnType<typeof plannedPair>;

/** A column and another one that takes its place, with all that hangs on it. */
export function plannedPair(replacement: Replacement, subject: Subject, inheritance: Inheritance) {
  const { migration, table, catalog } = subject;
  const { from, to, conversion } = replacement;
  const old = knownColumn(catalog, from);
  const next: PairColumn = {
    column: to,
    type: inheritance.type,
    plain: inheritance.plain,
    default: newDefault(replacement, old, inheritance),
  };
  const pair: Pair = {
    migration,
    table,
    key: catalog.key,
    ...asPartitioned(subject),
    old: [oldPairColumn(old, inheritance)],
    new: [next],
    conversion: conversion && { up: [conversion.up], down: [conversion.down] },
    settings: inheritance.settings,
  };
  return {
    old,
    next,
    plan: {
      pair,
      old: [old],
      added: [addedColumn(to, old, inheritance)],
      notNull: old.notNull ? [to] : [],
      built: inheritance,
      partitions: catalog.partitions,
      taken: takenCounters(next, old, subject),
    },
    expects: {
      ...expectsBuilt(inheritance, subject, pair, replacement),
      columns: [{ ...columnAsItIs(old), name: to, hasDefault: next.default !== null && !old.identity }],
      ...(old.identitySequence === null ? {} : { identitySequences: [old.identitySequence.name] }),
    },
  };
}

/** The new column as it is added: a domain's default would fill every row. */
const addedColumn = (name: string, old: Column, inheritance: Inheritance): NewColumn => ({
  name,
  type: inheritance.type,
  collation: inheritance.collation,
  default: inheritance.typeDefault === null ? null : 'NULL',
  mayCost: isDomain(inheritance),
  comment: old.comment,
  grants: old.grants ?? [],
  settings: {
    ...old,
    storage: inheritance.toastable ? old.storage : null,
    compression: inheritance.toastable ? old.compression : null,
  },
});

export function replaceColumn(
  replacement: Replacement,
  subject: Subject,
  inheritance: Inheritance,
): CompiledChange {
  const { old, next, plan, expects } = plannedPair(replacement, subject, inheritance);
  return {
    ...changeOfPair(plan, subject, replacement),
    warnings: [
      ...partitionedWarnings(replacement.to, subject),
      ...partitionIndexWarnings(inheritance.indexes, subject),
      ...applicationWarnings(replacement, replacement.to, subject),
      ...replacementWarnings(subject, replacement.to, inheritance.leftBehind),
      ...keyWarnings(inheritance, false),
      ...(subject.sql.pairPhases === null ? [] : ownKeyWarnings(inheritance)),
      ...identityWarnings(old, 'contract'),
      ...shortSequences(old, next.type),
    ],
    expects,
  };
}
