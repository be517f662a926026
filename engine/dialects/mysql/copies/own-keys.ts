import * as z from 'zod';
import { brief } from '../../../plan/brief.ts';
import type { Brief } from '../../../plan/plan.ts';
import type { Database, Statement } from '../../../database/database.ts';
import type { TableName } from '../../../spec/table-name.ts';
import type { OwnKey } from '../../own-key.ts';
import { addKey, dropKey, keyDefinition, withoutKeyChecks } from '../key-statements.ts';
import { identifier, literal, shortName } from '../quote.ts';
import { beginningOf } from '../settled.ts';
import { namesOf } from './copied-names.ts';

/** A foreign key of the table's to another one. No two of a database have one name, so the copy's has another until the contract. */
interface NamedKey extends OwnKey {
  /** As long as both tables are there. */
  readonly meanwhile: string;
  /** Of the old table, once it is set aside: MySQL renames what it has named itself. */
  readonly aside: string;
}

/** Behind a table's own name. */
const numbered = /^_ibfk_[1-9]\d*$/u;

const isNumbered = ({ name: table }: TableName, key: string): boolean =>
  key.startsWith(table) && numbered.test(key.slice(table.length));

export function namedKeys(migration: string, table: TableName, keys: readonly OwnKey[]): readonly NamedKey[] {
  const { aside } = namesOf(table);
  return keys.map((key) => ({
    ...key,
    meanwhile: shortName(`underpin_${migration}_${key.name}`),
    aside: isNumbered(table, key.name) ? `${aside.name}${key.name.slice(table.name.length)}` : key.name,
  }));
}

const listed = (columns: readonly string[]): string => `(${columns.map(identifier).join(', ')})`;

const each = (keys: readonly NamedKey[], unit: (key: NamedKey) => Brief): readonly Brief[] => keys.map(unit);

/**
 * An index that MySQL has made for a foreign key is the key's: `LIKE` copies it as such, and the first foreign key of the copy would put
 * one of another name in its place. Made by a statement, it stays. The copy is empty.
 */
export const ownIndexes = (fresh: TableName, keys: readonly OwnKey[]): readonly string[] => {
  const indexes = new Map(
    keys.flatMap(({ index, columns }) => (index === null ? [] : [[index, columns] as const])),
  );
  return [...indexes].flatMap(([index, columns]) => [
    `${beginningOf(fresh)}DROP INDEX ${identifier(index)}`,
    `${beginningOf(fresh)}ADD INDEX ${identifier(index)} ${listed(columns)}`,
  ]);
};

/** The copy is about to be the table. */
export const addKeys = (fresh: TableName, keys: readonly NamedKey[]): readonly Brief[] =>
  each(keys, (key) =>
    // Each row is in the other table too, whose key has held it.
    brief(`let ${fresh.name} refer to ${key.references.name} as ${key.meanwhile}`, 'metadata', [
      ...withoutKeyChecks([addKey(fresh, key.meanwhile, keyDefinition(key))]),
    ]),
  );

/** A row that is left in a table which nothing follows any more would keep what it refers to from going. */
export const dropKeys = (
  table: TableName,
  keys: readonly NamedKey[],
  as: 'meanwhile' | 'aside',
): readonly Brief[] =>
  each(keys, (key) =>
    brief(`let ${table.name} refer to ${key.references.name} no more`, 'metadata', [dropKey(table, key[as])]),
  );

/** Nobody else has the names any more. */
export const nameKeys = (table: TableName, keys: readonly NamedKey[]): readonly Brief[] =>
  each(keys, (key) =>
    brief(`call ${key.meanwhile} ${key.name} again`, 'metadata', [
      ...withoutKeyChecks([addKey(table, key.name, keyDefinition(key)), dropKey(table, key.meanwhile)]),
    ]),
  );

const ownKey = z.object({
  name: z.string(),
  columns: z.array(z.string()),
  references: z.object({ schema: z.string(), name: z.string() }),
  referenced: z.array(z.string()),
  onDelete: z.string(),
  onUpdate: z.string(),
  index: z.string().nullable(),
});

/** In the order of their names. */
const describeOwnKeys = ({ schema, name }: TableName): Statement => ({
  text: `SELECT JSON_OBJECT('name', k.constraint_name,
  'columns', (SELECT JSON_ARRAYAGG(u.column_name) FROM ${columnsOf('k')}),
  'references', JSON_OBJECT('schema', k.unique_constraint_schema, 'name', k.referenced_table_name),
  'referenced', (SELECT JSON_ARRAYAGG(u.referenced_column_name) FROM ${columnsOf('k')}),
  'onDelete', k.delete_rule, 'onUpdate', k.update_rule,
  'index', (
    SELECT MIN(i.name) FROM (
      SELECT s.index_name AS name, MIN(s.non_unique) AS non_unique, GROUP_CONCAT(CONCAT(s.column_name, COALESCE(s.sub_part, '')) ORDER BY s.seq_in_index SEPARATOR ',') AS led
      FROM information_schema.statistics AS s
      WHERE s.table_schema = :schema AND s.table_name = :name AND s.is_visible = 'YES' AND s.index_comment = '' AND s.index_type = 'BTREE'
      GROUP BY s.index_name
    ) AS i
    WHERE i.non_unique = 1 AND i.led = (SELECT GROUP_CONCAT(u.column_name ORDER BY u.ordinal_position SEPARATOR ',')
      FROM information_schema.key_column_usage AS u
      WHERE u.table_schema = :schema AND u.table_name = :name AND u.constraint_name = k.constraint_name AND u.referenced_table_name IS NOT NULL)))
FROM information_schema.referential_constraints AS k
WHERE k.constraint_schema = :schema AND k.table_name = :name
ORDER BY k.constraint_name`,
  parameters: { schema, name },
  catalogOnly: true,
});

/** In the order of the key: an aggregate has none of its own. */
const columnsOf = (key: string): string => `(
    SELECT u.column_name, u.referenced_column_name FROM information_schema.key_column_usage AS u
    WHERE u.table_schema = ${key}.constraint_schema AND u.table_name = ${key}.table_name AND u.constraint_name = ${key}.constraint_name
      AND u.referenced_table_name IS NOT NULL
    ORDER BY u.ordinal_position LIMIT 64) AS u`;

export const keysOf = (database: Database, table: TableName): Promise<readonly OwnKey[]> =>
  database.rows(describeOwnKeys(table), ownKey);

/** Those that refer to another table. */
export const ownKeys = async (database: Database, table: TableName): Promise<readonly OwnKey[]> =>
  (await keysOf(database, table)).filter(
    ({ references: { schema, name } }) => schema !== table.schema || name !== table.name,
  );

/** A condition over a key as `k`: whether it does something to rows by itself, of which no trigger hears. */
export const actsByItself = `(k.delete_rule NOT IN ('NO ACTION', 'RESTRICT') OR k.update_rule NOT IN ('NO ACTION', 'RESTRICT'))`;

/** What the plan says of its keys. */
export function keyWarnings({ name }: TableName, keys: readonly NamedKey[]): readonly string[] {
  if (keys.length === 0) return [];
  const parents = [...new Set(keys.map(({ references }) => `${references.schema}.${references.name}`))];
  return [
    `${keys.map((key) => key.name).join(', ')} of ${name}: the copy has the same from the swap on, as ${keys.map(({ meanwhile }) => meanwhile).join(', ')}, and under its own name again in the contract; both tables have it meanwhile`,
    `${parents.join(', ')}: locked too, for milliseconds, by the swap, its way back and the contract, which wait for whoever has used it in a transaction that is open, no longer than the lock timeout; who comes behind waits as long`,
  ];
}

/** That a key of the plan's has gone since. */
export const goneKeys = ({ schema, name }: TableName, keys: readonly NamedKey[]): readonly string[] =>
  keys.map(
    (key) => `SELECT ${literal(`foreign key ${key.name} is gone`)} AS what FROM DUAL WHERE NOT EXISTS (
    SELECT 1 FROM information_schema.referential_constraints AS k
    WHERE k.constraint_schema = ${literal(schema)} AND k.table_name = ${literal(name)} AND k.constraint_name = ${literal(key.name)})`,
  );
