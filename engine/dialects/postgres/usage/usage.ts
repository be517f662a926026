import type { Database } from '../../../database/database.ts';
import type { TableName } from '../../../spec/table-name.ts';
import type { Usage, UsedColumns } from '../../usage.ts';
import { boundTo, catalogNeeds } from './catalog-needs.ts';
import { countsByName, CountedStatements } from './counted-statements.ts';
import { triggersBehind } from './triggers-behind.ts';
import { boundToTable } from './keeping-table.ts';
import { tableNeeds } from './table-needs.ts';
import { statementsNaming, statementsNamingTable } from './statements-naming.ts';

/** Why two tables of one name cannot be told apart. */
const countedAsOne = (table: TableName, base: TableName): string =>
  `since PostgreSQL 18 a statement on ${table.schema}.${table.name} and the same on ${base.schema}.${base.name} are counted as one`;

/** By pg_stat_statements, pg_depend, and the bodies of functions. */
export function usage(database: Database, used: UsedColumns): Usage {
  const counters = new CountedStatements(database, used);
  const { table, columns, base } = used;
  const places = columns.map((column) => ({ database, table, column, ...(base ? { base } : {}) }));
  return {
    note: (claim) => counters.note(claim),
    statements: async (claim, seconds, parser) => {
      const counted = await counters.since(claim, seconds);
      if (base?.name === table.name && (await countsByName(database)))
        return { kind: 'unmeasured', why: countedAsOne(table, base) };
      return 'why' in counted
        ? { kind: 'unmeasured', why: counted.why }
        : columns.length === 0
          ? statementsNamingTable(used, parser, counted)
          : statementsNaming(places, parser, counted);
    },
    bound: () => (columns.length === 0 ? boundToTable(database, table) : boundTo(places)),
    triggersBehind: (to, parser) => triggersBehind(places, to, parser),
    catalog: (parser) =>
      columns.length === 0 ? tableNeeds(database, used, parser) : catalogNeeds(places, parser),
  };
}
