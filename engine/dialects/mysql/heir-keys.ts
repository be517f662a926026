import type { InheritedFacts } from '../../catalog/inherited-facts.ts';
import type { Database } from '../../database/database.ts';
import type { TableName } from '../../spec/table-name.ts';
import type { OwnKey } from '../own-key.ts';
import { keysOf } from './copies/own-keys.ts';
import { addIndexAction } from './indexes.ts';
import { keyDefinition } from './key-statements.ts';
import { triedName } from './ladder.ts';
import { identifier } from './quote.ts';
import { triedKey } from './tried-key.ts';

/** The foreign keys that a column belongs to, in the order of their names. */
export const keysOver = async (
  database: Database,
  table: TableName,
  column: string,
): Promise<readonly OwnKey[]> =>
  (await keysOf(database, table)).filter(({ columns }) => columns.includes(column));

/**
 * Whether a key writes rows by itself, of which no trigger hears. A row that it deletes is gone with both columns; one that it writes
 * is written in both where each has the key from before its first value on.
 */
const writesRows = ({ onDelete, onUpdate }: OwnKey): boolean =>
  !['NO ACTION', 'RESTRICT', 'CASCADE'].includes(onDelete) || !['NO ACTION', 'RESTRICT'].includes(onUpdate);

/** Why a key has none over another column beside it, in words. */
export function hasNoHeir(table: TableName, key: OwnKey): string | undefined {
  if (!writesRows(key)) return undefined;
  const named = `the foreign key ${key.name} of ${table.name} is ON DELETE ${key.onDelete} ON UPDATE ${key.onUpdate}`;
  if (key.columns.length > 1)
    return `${named} over several columns: a row that it has written is not found by one beside it`;
  const { schema, name } = key.references;
  return schema === table.schema && name === table.name
    ? `${named} and refers to its own table: MySQL refuses to delete what two such keys write a row for (6575)`
    : undefined;
}

interface Heir {
  readonly table: TableName;
  readonly from: string;
  readonly to: string;
  readonly type: { readonly type: string; readonly collation: string | null };
}

/** The same keys over the column that takes the other one's place, beside its indexes. Raises what MySQL says against one on empty copies. */
export async function heirKeys(
  database: Database,
  { table, from, to, type }: Heir,
  keys: readonly OwnKey[],
  heirs: readonly InheritedFacts[],
): Promise<readonly InheritedFacts[]> {
  const collation = type.collation === null ? '' : ` COLLATE ${type.collation}`;
  const before = [
    { sql: `ADD COLUMN ${identifier(to)} ${type.type}${collation} NULL`, name: to },
    ...heirs
      .filter((each) => each.kind === 'index')
      .map((index, at) => {
        const name = `${triedName}_${at}`;
        return { sql: addIndexAction({ ...index, name }), name };
      }),
  ];
  const over = keys.map((key) => ({
    ...key,
    columns: key.columns.map((column) => (column === from ? to : column)),
  }));
  for (const key of over)
    await triedKey(database, table, { definition: keyDefinition(key), references: key.references }, before);
  return over.map((key): InheritedFacts => ({
    kind: 'foreign key',
    name: key.name,
    definition: keyDefinition(key),
    valid: true,
    comment: null,
    on: table,
    refers: false,
    owned: true,
    partitioned: false,
    otherType: null,
    writes: writesRows(key),
  }));
}
