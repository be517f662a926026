import type { Database } from '../../../database/database.ts';
import type { Usage, UsedColumns } from '../../usage.ts';
import { boundTo, catalogNeeds } from './catalog-needs.ts';
import { CountedStatements } from './counted-statements.ts';
import { triggersBehind } from './triggers-behind.ts';
import { boundToTable, keepingAlias, publishingMeanwhile } from './keeping-table.ts';
import { tableNeeds } from './table-needs.ts';
import { statementsNaming, statementsNamingTable } from './statements-naming.ts';

/** By pg_stat_statements, pg_depend, and the bodies of functions. */
export function usage(database: Database, used: UsedColumns): Usage {
  const counters = new CountedStatements(database, used);
  const { table, columns, base } = used;
  const places = columns.map((column) => ({ database, table, column, ...(base ? { base } : {}) }));
  return {
    note: (claim) => counters.note(claim),
    statements: async (claim, seconds, parser) => {
      const counted = await counters.since(claim, seconds);
      if ('why' in counted) return { kind: 'unmeasured', why: counted.why };
      return columns.length === 0
        ? statementsNamingTable(used, parser, counted)
        : statementsNaming(places, parser, counted);
    },
    bound: async (which) => {
      if (base !== undefined)
        return [
          ...(await keepingAlias(database, table)).dependents,
          ...(await publishingMeanwhile(database, base, columns.length === 0)),
        ];
      return columns.length === 0 ? boundToTable(database, table) : boundTo(places, which);
    },
    triggersBehind: (to, parser) => triggersBehind(places, to, parser),
    catalog: (parser) =>
      columns.length === 0 ? tableNeeds(database, used, parser) : catalogNeeds(places, parser),
  };
}
