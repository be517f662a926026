import { planningDialectOf } from '../dialects/planning-dialect.ts';
import type { InheritedIndex } from '../catalog/inherited.ts';
import type { Database } from '../database/database.ts';
import { RowRefused, StatementRefused, TransientDatabaseError } from '../database/errors.ts';
import type { ConvertedColumn } from '../dialects/inspector.ts';
import type { TableName } from '../spec/table-name.ts';
import { countText, plural } from '../words/amounts.ts';
import type { Refusal } from './kind.ts';

// Grouped in a second or two. More would keep a database busy that nobody has asked for anything yet.
const mostRows = 1_000_000;

/** The keys of the spec that say what a new value is. */
export interface DeclaredAt {
  readonly up: string;
  readonly type: string;
}

export interface DuplicatesFound {
  readonly refusals: readonly Refusal[];
  readonly warnings: readonly string[];
}

/**
 * Values that differ as the old type and are equal as the new one (two spellings under citext) are found before anything is
 * touched: the unique index could not be built after days of backfill. Of a large table only the first rows are looked at.
 */
export async function duplicatesFound(
  database: Database,
  table: TableName,
  converted: readonly ConvertedColumn[],
  { indexes, keys }: { readonly indexes: readonly InheritedIndex[]; readonly keys: DeclaredAt },
): Promise<DuplicatesFound> {
  if (converted.length === 0) return { refusals: [], warnings: [] };
  const found: DuplicatesFound[] = [];
  for (const index of indexes.filter(({ unique }) => unique))
    found.push(await duplicatesUnder(database, table, converted, { index, keys }));
  return {
    refusals: found.flatMap(({ refusals }) => refusals),
    warnings: found.flatMap(({ warnings }) => warnings),
  };
}

async function duplicatesUnder(
  database: Database,
  table: TableName,
  converted: readonly ConvertedColumn[],
  { index, keys }: { readonly index: InheritedIndex; readonly keys: DeclaredAt },
): Promise<DuplicatesFound> {
  const name = `unique index ${index.name}`;
  try {
    const dialect = planningDialectOf(database);
    const { groups, rows, more, writes } = await dialect
      .inspector(database)
      .duplicates(table, converted, index, mostRows);
    if (writes)
      return {
        refusals: [
          {
            key: keys.up,
            fact: 'it calls a function that writes or moves a sequence, although its label says that it does not',
            remedy: 'Write an expression that only computes',
          },
        ],
        warnings: [],
      };
    const among = more ? ` among the first ${countText(mostRows)}` : '';
    if (groups > 0)
      return {
        refusals: [
          {
            key: keys.type,
            fact: `${name} cannot be built: ${plural(rows, 'row')}${among} would be equal as ${converted.map(({ type }) => type).join(', ')}, in ${plural(groups, 'group')}`,
            remedy: `Merge them or make them differ first; this finds them: ${dialect.remedies.findDuplicates(table, converted, index)}`,
            waitsFor: 'database',
          },
        ],
        warnings: [],
      };
    return {
      refusals: [],
      warnings: more
        ? [
            `${name} was tried on the first ${countText(mostRows)} rows only: equal values further on would stop its build in verify`,
          ]
        : [],
    };
  } catch (error) {
    if (error instanceof RowRefused || error instanceof StatementRefused) {
      const state = error instanceof RowRefused ? `SQLSTATE ${error.sqlState}` : error.reason;
      return {
        refusals: [],
        warnings: [`a row refuses the conversion (${state}), so nobody knows whether ${name} can be built`],
      };
    }
    if (error instanceof TransientDatabaseError)
      return {
        refusals: [],
        warnings: [
          `looking for rows that ${name} would take for equal took too long, so nobody knows whether it can be built`,
        ],
      };
    throw error;
  }
}
