import * as z from 'zod';
import { one, type Database } from '../../../database/database.ts';
import type { TableName } from '../../../spec/table-name.ts';
import { literal, qualifiedName, shortName } from '../quote.ts';

/** What a copy of a table is called: as the table, if it can be, for an expression may call its columns by the table's name. */
export async function copyName(database: Database, table: TableName, otherwise: string): Promise<TableName> {
  const same = { schema: 'underpin', name: table.name };
  const { taken } = await one(
    database,
    {
      text: `SELECT json_build_object('taken', to_regclass(${literal(qualifiedName(same))}) IS NOT NULL)::text`,
    },
    z.object({ taken: z.boolean() }),
  );
  return taken ? { ...same, name: shortName(otherwise) } : same;
}
