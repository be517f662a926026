import type { Column } from '../catalog/catalog.ts';
import type { PairColumn } from '../dialects/dual-write.ts';
import { takeIdentity } from './identity.ts';
import type { Subject } from './kind.ts';

/** Statements by which what counts for the old column counts for the new one, before the old one goes. */
export const takenCounters = (next: PairColumn, old: Column, subject: Subject): readonly string[] => [
  ...takenSequence(next, old, subject),
  ...takenIdentity(next, old, subject),
];

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
