import * as z from 'zod';
import { describeOldColumn, describeRelations } from '../old-shape.ts';
import { one, type Database } from '../../../database/database.ts';
import type { OldColumn } from '../naming/scope.ts';
import { relationsIn } from '../naming/tree.ts';
import type { TableName } from '../../../spec/table-name.ts';

/** A column of a database's table. */
export interface ColumnPlace {
  readonly database: Database;
  readonly table: TableName;
  readonly column: string;
  /** Where the rows are, if the table's name is a view's. */
  readonly base?: TableName;
}

const described = z.object({ position: z.number(), constraints: z.array(z.string()) });
const relation = z.object({ schema: z.string(), name: z.string(), has: z.boolean() });

/** The old column, and which of the relations that these trees name have a column called like it. */
export async function oldColumn(
  { database, table, column }: ColumnPlace,
  trees: readonly unknown[],
): Promise<OldColumn> {
  const names = [...new Set(trees.flatMap((tree) => relationsIn(tree).map(({ name }) => name)))];
  const relations = await database.rows(describeRelations(names, column), relation);
  const { position, constraints } = await one(database, describeOldColumn(table, column), described);
  return {
    table,
    column,
    position,
    constraints: new Set(constraints),
    elsewhere: ({ schema, name }) => {
      const found = relations.filter(
        (each) => each.name === name && (schema === undefined || each.schema === schema),
      );
      // Which one an unqualified name means depends on the session's search_path.
      if (found.length === 0 || new Set(found.map(({ has }) => has)).size > 1) return 'unknown';
      return found[0]?.has === true ? 'theirs' : 'none';
    },
  };
}
