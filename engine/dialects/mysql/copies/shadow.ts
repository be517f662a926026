import { brief } from '../../../plan/brief.ts';
import type { Brief } from '../../../plan/plan.ts';
import type { TableName } from '../../../spec/table-name.ts';
import type { RetypedCopy } from '../../retyped-copy.ts';
import { identifier, literal, qualifiedName } from '../quote.ts';
import { dropTable } from '../tables.ts';
import { namesOf } from './copied-names.ts';
import { counterCall } from './copy-procedures.ts';
import type { Side } from './mirror.ts';

/** What the catalog says of the marker, so that whoever looks needs no row of it. */
export const markerComment = (side: Side): string => `underpin: the ${side} table has the name`;

const makeMarker = (table: TableName, side: Side): readonly string[] => [
  `CREATE TABLE ${qualifiedName(table)} (side CHAR(3) CHARACTER SET ascii PRIMARY KEY) ENGINE = InnoDB COMMENT = ${literal(markerComment(side))}`,
  `INSERT IGNORE INTO ${qualifiedName(table)} VALUES (${literal(side)})`,
];

/** The empty copy, and who has the name. */
export function createShadow(copy: RetypedCopy): readonly Brief[] {
  const { table, fresh, aside, marker } = namesOf(copy.table);
  return [
    brief(`make ${fresh.name}, empty, with ${copy.column.name} as ${copy.type}`, 'none', [
      `CREATE TABLE ${qualifiedName(fresh)} LIKE ${qualifiedName(table)}`,
      `ALTER TABLE ${qualifiedName(fresh)}\n  MODIFY COLUMN ${identifier(copy.column.name)} ${retyped(copy)}`,
    ]),
    brief(
      `make ${marker.name}, which says who has the name, and ${aside.name}, which takes its place then`,
      'none',
      [...makeMarker(marker, 'old'), ...makeMarker(aside, 'new')],
    ),
  ];
}

/** The column is written whole: what is left out of MODIFY is lost. */
function retyped({ column, type }: RetypedCopy): string {
  const rest = column.definition?.slice(column.type.length);
  if (rest !== undefined) return `${type}${rest} NOT NULL`;
  const comment = column.comment === null ? '' : ` COMMENT ${literal(column.comment)}`;
  return `${type} NOT NULL${column.identity ? ' AUTO_INCREMENT' : ''}${comment}`;
}

/** `fresh`, `aside` and the marker, whatever lies behind each by then. */
export function dropShadow(copy: RetypedCopy, does: string): Brief {
  const { fresh, aside, marker } = namesOf(copy.table);
  return brief(does, 'metadata', [fresh, aside, marker].map(dropTable));
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
