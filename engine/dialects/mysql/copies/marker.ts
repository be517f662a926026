import { literal, qualifiedName } from '../quote.ts';
import type { TableName } from '../../../spec/table-name.ts';

export const sides = ['old', 'new'] as const;
/** Who has the table's name. */
export type Side = (typeof sides)[number];

/** What the catalog says of the marker, so that whoever looks needs no row of it. */
export const markerComment = (side: Side): string => `underpin: the ${side} table has the name`;

/** A table of one row, which says who has the name. */
export const makeMarker = (table: TableName, side: Side): readonly string[] => [
  `CREATE TABLE ${qualifiedName(table)} (side CHAR(3) CHARACTER SET ascii PRIMARY KEY) ENGINE = InnoDB COMMENT = ${literal(markerComment(side))}`,
  `INSERT IGNORE INTO ${qualifiedName(table)} VALUES (${literal(side)})`,
];
