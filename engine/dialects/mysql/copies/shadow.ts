import { brief } from '../../../plan/brief.ts';
import type { Brief } from '../../../plan/plan.ts';
import type { TableName } from '../../../spec/table-name.ts';
import type { RetypedCopy } from '../../retyped-copy.ts';
import { identifier, literal, qualifiedName } from '../quote.ts';
import { noteUnit } from '../settled.ts';
import { dropTable } from '../tables.ts';
import { namesOf } from './copied-names.ts';
import { counterCall, dropMadeCall } from './copy-procedures.ts';
import { makeMarker } from './marker.ts';
import { ownIndexes } from './own-keys.ts';

/** The unit of expand that makes the copy. */
const copyIsMadeBy = 1;

/** The empty copy, and who has the name; each a unit, so that the ledger knows which of these tables are ours. */
export function createShadow(copy: RetypedCopy): readonly Brief[] {
  const { table, fresh, aside, marker } = namesOf(copy.table);
  return [
    noteUnit(`that ${fresh.name} is to be made`),
    brief(`make ${fresh.name}, empty, with ${copy.column.name} as ${copy.type}`, 'none', [
      `CREATE TABLE ${qualifiedName(fresh)} LIKE ${qualifiedName(table)}`,
      `ALTER TABLE ${qualifiedName(fresh)}\n  MODIFY COLUMN ${identifier(copy.column.name)} ${retyped(copy)}`,
      ...ownIndexes(fresh, copy.keys),
    ]),
    brief(`make ${marker.name}, which says who has the name`, 'none', makeMarker(marker, 'old')),
    brief(`make ${aside.name}, which takes its place then`, 'none', makeMarker(aside, 'new')),
  ];
}

/** The column is written whole: what is left out of MODIFY is lost. */
function retyped({ column, type }: RetypedCopy): string {
  const rest = column.definition?.slice(column.type.length);
  if (rest !== undefined) return `${type}${rest} NOT NULL`;
  const comment = column.comment === null ? '' : ` COMMENT ${literal(column.comment)}`;
  return `${type} NOT NULL${column.identity ? ' AUTO_INCREMENT' : ''}${comment}`;
}

const dropMarker = ({ migration }: RetypedCopy, table: TableName): Brief =>
  brief(`drop ${table.name}`, 'metadata', [dropMadeCall(migration, table, null)]);

/** What the phase has made, before the names are exchanged. */
export function dropShadow(copy: RetypedCopy): readonly Brief[] {
  const { fresh, aside, marker } = namesOf(copy.table);
  return [
    brief(`drop ${fresh.name}`, 'metadata', [dropMadeCall(copy.migration, fresh, copyIsMadeBy)]),
    dropMarker(copy, aside),
    dropMarker(copy, marker),
  ];
}

/** The old table, once its copy has the name, and the markers by the names that they have then. */
export function dropOld(copy: RetypedCopy): readonly Brief[] {
  const { fresh, aside, marker } = namesOf(copy.table);
  return [
    brief(`drop ${aside.name}, which was ${copy.table.name}`, 'metadata', [dropTable(aside)]),
    dropMarker(copy, fresh),
    dropMarker(copy, marker),
  ];
}

/** From then on every number that is drawn reaches the copy; those of before, only its counter knows. */
export function carryCounter(copy: RetypedCopy): readonly Brief[] {
  const { table, fresh } = namesOf(copy.table);
  if (!copy.columns.some(({ identity }) => identity)) return [];
  return [
    brief(`let ${fresh.name} draw no number that ${table.name} has drawn`, 'metadata', [
      counterCall(table, fresh),
    ]),
  ];
}
