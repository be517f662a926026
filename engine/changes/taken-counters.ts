import type { Column } from '../catalog/catalog.ts';
import type { PairColumn } from '../dialects/dual-write.ts';
import { takeIdentity } from './identity.ts';
import type { Subject } from './kind.ts';

/** Statements by which what counts for the old column counts for the new one, before the old one goes. */
export const takenCounters = (next: PairColumn, old: Column, subject: Subject): readonly string[] => [
  ...takenSequence(next, old, subject),
  ...takenIdentity(next, old, subject),
];

const widths = ['smallint', 'integer', 'bigint'];

/** A sequence that belongs to nobody, or to another column, may count for others too: its end stays where it is. */
export const shortSequences = ({ name: column, drawsFrom }: Column, type: string): readonly string[] =>
  drawsFrom
    .filter((sequence) => widths.indexOf(sequence.type) < widths.indexOf(type))
    .map(
      ({ name, type: its }) =>
        `the sequence ${name}, which the default of ${column} draws from, does not belong to it and stays ${its}: it ends before ${type} does. If it is to go on: ALTER SEQUENCE ${name} AS ${type}`,
    );

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
