import type { SqlParser } from '../../../database/sql-parser.ts';
import { everyTree, listOf, namesOf, nodeOf, nodesOf, type Tree } from '../naming/tree.ts';
import { identifier } from '../quote.ts';
import { editedText, nameOf, type Edit } from './edited.ts';

/** An old column by the name that nothing else has, and how its value follows from the new ones. */
export interface MarkedColumn {
  readonly marker: string;
  readonly type: string;
  /** SQL over the new columns. */
  readonly down: string;
  /** The type that `down` gives where it is a column's name. */
  readonly downType: string;
}

/**
 * A query with the new columns in the place of the old ones, wherever PostgreSQL has printed one of these by its marker. Null
 * where one of them hangs on a whole row, or its name stands where no expression can.
 */
export function withNewColumns(
  query: string,
  columns: readonly MarkedColumn[],
  parser: SqlParser,
): string | null {
  const references = nodesOf([...everyTree(parser.sql(query))], 'ColumnRef');
  if (references.some(isWholeRow)) return null;
  const edits: Edit[] = [];
  for (const reference of references) {
    const names = namesOf(reference['fields']);
    const column = columns.find(({ marker }) => marker === names.at(-1));
    if (column === undefined) continue;
    const value = valueOf(column, names.slice(0, -1), parser);
    if (value === null) return null;
    edits.push({ at: placeOf(reference), pattern: nameOf(names.length), by: () => value });
  }
  const text = editedText(query, edits);
  return text === null || columns.some(({ marker }) => text.includes(marker)) ? null : text;
}

const before = 'SELECT (\n';

/** The old column's value over the new ones of a relation. */
function valueOf(
  { type, down, downType }: MarkedColumn,
  relation: readonly string[],
  parser: SqlParser,
): string | null {
  const sql = `${before}${down}\n)`;
  const nodes = [...everyTree(parser.sql(sql))];
  // A query of its own could mean other columns by the same names.
  if (nodes.some((each) => nodeOf(each, 'SubLink') !== undefined)) return null;
  const references = nodesOf(nodes, 'ColumnRef');
  if (references.some(isWholeRow)) return null;
  const qualified = editedText(
    sql,
    references.map((reference) => {
      const names = namesOf(reference['fields']);
      const name = [...relation, names.at(-1) ?? ''].map(identifier).join('.');
      return { at: placeOf(reference), pattern: nameOf(names.length), by: () => name };
    }),
  );
  if (qualified === null) return null;
  const value = qualified.slice(before.length, -2);
  const isColumn = nodesOf(nodes, 'ResTarget').some(({ val }) => nodeOf(val, 'ColumnRef') !== undefined);
  return isColumn && type === downType ? value : `((${value})::${type})`;
}

const isWholeRow = (reference: Tree): boolean =>
  listOf(reference['fields']).some((field) => nodeOf(field, 'A_Star') !== undefined);

const placeOf = (node: Tree): number => Number(node['location'] ?? 0);
