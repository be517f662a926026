import type { Differences } from '../../../plan/differences.ts';
import type { TableName } from '../../../spec/table-name.ts';
import type { RetypedCopy } from '../../retyped-copy.ts';
import { indexDefinition } from '../index-definition.ts';
import { literal } from '../quote.ts';
import { namesOf } from './copied-names.ts';
import { mirrorNames } from './mirror.ts';
import { goneKeys, namedKeys } from './own-keys.ts';

const is = (alias: string, { schema, name }: TableName, prefix = 'table'): string =>
  `${alias}.${prefix}_schema = ${literal(schema)} AND ${alias}.${prefix === 'table' ? 'table_name' : 'event_object_table'} = ${literal(name)}`;

/** What a table has, each with how it reads. A foreign key, but for those that both are to have, and a trigger are of one table alone. */
function facts(table: TableName, { column, migration, table: of, keys }: RetypedCopy): string {
  const planned = namedKeys(migration, of, keys).flatMap(({ name, meanwhile, aside }) => [
    ...new Set([name, meanwhile, aside]),
  ]);
  const ours = [...mirrorNames(migration, 'old'), ...mirrorNames(migration, 'new')].map(literal).join(', ');
  return [
    // The column whose type changes is known by the rest of what it has.
    `SELECT CONCAT('column ', c.column_name) AS what, CONCAT_WS(' ', IF(c.column_name = ${literal(column.name)}, NULL, c.column_type), c.is_nullable,
      c.collation_name, c.column_default, c.extra, c.generation_expression, c.column_comment) AS printed
    FROM information_schema.columns AS c WHERE ${is('c', table)}`,
    `SELECT CONCAT(IF(MIN(s.non_unique) = 0, 'unique ', ''), 'index ', s.index_name), ${indexDefinition}
    FROM information_schema.statistics AS s WHERE ${is('s', table)} GROUP BY s.index_name`,
    `SELECT CONCAT('check ', k.check_clause), t.enforced
    FROM information_schema.table_constraints AS t
    JOIN information_schema.check_constraints AS k ON k.constraint_schema = t.constraint_schema AND k.constraint_name = t.constraint_name
    WHERE ${is('t', table)}`,
    `SELECT CONCAT('foreign key ', k.constraint_name), ''
    FROM information_schema.referential_constraints AS k
    WHERE k.constraint_schema = ${literal(table.schema)} AND k.table_name = ${literal(table.name)}${planned.length === 0 ? '' : ` AND k.constraint_name NOT IN (${planned.map(literal).join(', ')})`}`,
    `SELECT CONCAT('foreign key ', k.constraint_name, ' of ', k.table_name), ''
    FROM information_schema.referential_constraints AS k
    WHERE k.unique_constraint_schema = ${literal(table.schema)} AND k.referenced_table_name = ${literal(table.name)}`,
    `SELECT CONCAT('trigger ', g.trigger_name), ''
    FROM information_schema.triggers AS g
    WHERE g.event_object_schema = ${literal(table.schema)} AND g.event_object_table = ${literal(table.name)} AND g.trigger_name NOT IN (${ours})`,
    `SELECT 'options of the table', CONCAT_WS(' ', t.engine, t.row_format, t.table_collation, t.create_options, t.table_comment)
    FROM information_schema.tables AS t WHERE ${is('t', table)}`,
  ].join('\n    UNION ALL\n    ');
}

const sidesOf = ({ table }: RetypedCopy, way: 'there' | 'back'): readonly [TableName, TableName] => {
  const { fresh, aside } = namesOf(table);
  return [table, way === 'there' ? fresh : aside];
};

/** What the table that leaves has and the one that comes has not, or the other way round, or reads otherwise: `what`. */
export function onlyInOne(copy: RetypedCopy, way: 'there' | 'back'): string {
  const [leaves, comes] = sidesOf(copy, way);
  const gone = way === 'there' ? goneKeys(copy.table, namedKeys(copy.migration, copy.table, copy.keys)) : [];
  return `SELECT CONCAT(u.what, IF(COUNT(*) > 1, ' is another', IF(MIN(u.leaves), ' is new', ' is gone'))) AS what
  FROM (
    SELECT f.what, f.printed, MAX(f.leaves) AS leaves
    FROM (
    SELECT l.what, l.printed, TRUE AS leaves FROM (
    ${facts(leaves, copy)}) AS l
    UNION ALL
    SELECT r.what, r.printed, FALSE FROM (
    ${facts(comes, copy)}) AS r
    ) AS f
    GROUP BY f.what, f.printed
    HAVING COUNT(DISTINCT f.leaves) = 1
  ) AS u
  GROUP BY u.what${gone.map((each) => `\n  UNION ALL\n  ${each}`).join('')}`;
}

const asRows = (query: string): string =>
  `SELECT /*+ SET_VAR(group_concat_max_len = 65536) */ JSON_OBJECT('what', d.what) FROM (${query}) AS d ORDER BY d.what`;

export const differences = (copy: RetypedCopy): Differences => ({
  swap: asRows(onlyInOne(copy, 'there')),
  back: asRows(onlyInOne(copy, 'back')),
});
