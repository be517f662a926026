import { inspectorOf } from '../../engine/dialects/planning-dialect.ts';
import type { TableName } from '../../engine/spec/table-name.ts';
import { parseTableName } from '../../engine/spec/parse-table-name.ts';
import type { Planner } from '../database/planner.ts';
import type { Offers } from './answers.ts';

/** The tables of a database and their columns, as a migration's file writes them. */
export function offersOf({ reading }: Planner): Offers {
  const inspect = inspectorOf(reading);
  return {
    tables: async () => {
      const tables = await inspect.tables();
      return tables.map((table) => ({ value: tableText(table), name: tableText(table) }));
    },
    columns: async (text) => {
      const table = parseTableName(text);
      if ('fact' in table) return [];
      const columns = await inspect.columns(table);
      return columns.map(({ name, type }) => ({ value: name, name: `${name}  ${type}` }));
    },
  };
}

/** `public.users`, or quoted as in SQL where a name is unusual. */
function tableText({ schema, name }: TableName): string {
  const bare = `${schema}.${name}`;
  const read = parseTableName(bare);
  if (!('fact' in read) && read.schema === schema && read.name === name) return bare;
  return [schema, name].map((part) => `"${part.replaceAll('"', '""')}"`).join('.');
}
