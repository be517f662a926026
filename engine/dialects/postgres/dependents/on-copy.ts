import type { SqlParser } from '../../../database/sql-parser.ts';
import type { TableName } from '../../../spec/table-name.ts';
import { everyTree, fieldOf, listOf, nodesOf, textOf, type Tree } from '../naming/tree.ts';
import { identifier, qualifiedName } from '../quote.ts';
import { aliasedName, editedText, nameOf, type Edit } from './edited.ts';

/** A statement over the table as one over a copy of it, which it calls as it called the table; null where it cannot be told. */
export function onCopy(
  sql: string,
  { table, copy }: { readonly table: TableName; readonly copy: TableName },
  parser: SqlParser,
): string | null {
  const tree = parser.sql(sql);
  const hasCte = nodesOf([...everyTree(tree)], 'CommonTableExpr').some(
    (each) => textOf(each, 'ctename') === table.name,
  );
  const isTable = (relation: Tree): boolean => {
    const schema = textOf(relation, 'schemaname');
    return (
      textOf(relation, 'relname') === table.name && (schema === undefined ? !hasCte : schema === table.schema)
    );
  };
  return editedText(
    sql,
    relations(tree)
      .filter(isTable)
      .map((relation): Edit => ({
        at: placeOf(relation),
        pattern: nameOf(textOf(relation, 'schemaname') === undefined ? 1 : 2),
        by: () =>
          qualifiedName(copy) +
          (isInQuery(tree, relation) && relation['alias'] === undefined ? ` ${identifier(table.name)}` : ''),
      })),
  );
}

/** The same back again. `printed`: the table's name as PostgreSQL prints it. Null where an alias gives names to the columns, by their places. */
export function offCopy(
  sql: string,
  { table, copy, printed }: { readonly table: TableName; readonly copy: TableName; readonly printed: string },
  parser: SqlParser,
): string | null {
  const found = relations(parser.sql(sql)).filter(
    (relation) => textOf(relation, 'schemaname') === copy.schema && textOf(relation, 'relname') === copy.name,
  );
  if (found.some((relation) => listOf(fieldOf(relation, 'alias')?.['colnames']).length > 0)) return null;
  return editedText(
    sql,
    found.map((relation): Edit => ({
      at: placeOf(relation),
      pattern: aliasedName,
      by: ({ groups }) =>
        textOf(fieldOf(relation, 'alias'), 'aliasname') === table.name
          ? printed
          : `${printed} ${groups?.['alias'] ?? ''}`,
    })),
  );
}

const relations = (tree: unknown): readonly Tree[] =>
  [...everyTree(tree)].filter((each) => textOf(each, 'relname') !== undefined);

/** Zero is left out of the JSON. */
const placeOf = (relation: Tree): number => Number(relation['location'] ?? 0);

/** In FROM, where a relation may have an alias; elsewhere the statement is about it. */
const isInQuery = (tree: unknown, relation: Tree): boolean =>
  [...everyTree(tree)].some((each) => each['RangeVar'] === relation);
