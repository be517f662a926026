import { brief } from '../../../plan/brief.ts';
import type { Column } from '../../../catalog/facts.ts';
import type { Brief } from '../../../plan/plan.ts';
import type { TableSplit } from '../../splits.ts';
import { commentOnConstraint, setColumn } from '../carried.ts';
import { makeIndex, ownedBy, rightsOf } from '../copies/shadow.ts';
import { alterTable, identifier, literal, qualifiedName } from '../quote.ts';
import { dropTable } from '../tables.ts';
import { ofTwoTables } from '../two-locks.ts';

/** The empty table. As it has no row, everything is made at once and is valid at once. */
export const createHalf = (split: TableSplit): Brief =>
  brief(`make ${split.into.name}, empty, with a foreign key to ${split.table.name}`, 'SHARE ROW EXCLUSIVE', [
    ...makeEmpty(split),
    refersToOld(split),
    ...rightsOf({ fresh: split.into, columns: split.columns, facts: split.facts }),
    ...ownedBy({ fresh: split.into, owner: split.owner, facts: split.facts }, [split.into.name]),
  ]);

/** What the plan tries: all of it that locks nothing but the new table. */
export const triedHalf = (split: TableSplit): readonly string[] => [
  ...makeEmpty(split),
  ...split.uniques.flatMap((index) =>
    makeIndex(split.into, { ...index, constraintComment: null }, index.name),
  ),
];

/** Its foreign key goes with it, for which PostgreSQL locks the old table too. */
export const dropHalf = ({ into }: TableSplit): Brief =>
  ofTwoTables(brief(`drop ${into.name}`, 'ACCESS EXCLUSIVE', [dropTable(into)]));

function makeEmpty(split: TableSplit): readonly string[] {
  const { into, columns, moved, key, checks, indexes } = split;
  const table = qualifiedName(into);
  const isMoved = ({ name }: Column): boolean => moved.some(({ column }) => column === name);
  return [
    `CREATE TABLE ${table} (\n${columns.map((column) => `  ${defined(column, isMoved(column))}`).join(',\n')}\n)`,
    alterTable(into, `ADD CONSTRAINT ${identifier(split.primaryKey)} PRIMARY KEY (${listed(key)})`),
    ...columns.flatMap((column) => [
      ...(column.comment === null || !isMoved(column)
        ? []
        : [`COMMENT ON COLUMN ${table}.${identifier(column.name)} IS ${literal(column.comment)}`]),
      ...(isMoved(column) ? setColumn(into, column.name, column) : []),
    ]),
    ...checks.flatMap(({ name, definition, comment }) => [
      alterTable(into, `ADD CONSTRAINT ${identifier(name)} ${definition}`),
      ...(comment === null ? [] : [commentOnConstraint(into, name, comment)]),
    ]),
    ...indexes.flatMap((index) => makeIndex(into, index, index.name)),
  ];
}

/** The key comes with its rows, and has no default. */
function defined({ name, type, collation, default: otherwise, notNull }: Column, isMoved: boolean): string {
  const collate = collation === null ? '' : ` COLLATE ${collation}`;
  const value = isMoved && otherwise !== null ? ` DEFAULT ${otherwise}` : '';
  return `${identifier(name)} ${type}${collate}${value}${notNull ? ' NOT NULL' : ''}`;
}

const refersToOld = ({ table, into, key, foreignKey }: TableSplit): string =>
  alterTable(into, `ADD CONSTRAINT ${identifier(foreignKey)} FOREIGN KEY (${listed(key)})`) +
  ` REFERENCES ${qualifiedName(table)} (${listed(key)}) ON UPDATE CASCADE ON DELETE CASCADE`;

const listed = (columns: readonly Column[]): string => columns.map(({ name }) => identifier(name)).join(', ');
