import type { Database } from '../database/database.ts';
import type { Plan } from '../plan/plan.ts';
import { aliasOf, builtTable, columnNames, leavingTable } from '../shapes/shape.ts';
import type { TableName } from '../spec/table-name.ts';
import type { AuditFacts } from './audit-facts.ts';

/** What the catalog says of a plan's table, and of what the plan makes beside it. */
export const readAuditFacts = (database: Database, plan: Plan): Promise<AuditFacts> =>
  database.dialect.look.auditFacts(database, {
    migration: plan.migration,
    table: plan.table,
    columns: columnsOf(plan),
    relations: relationsOf(plan),
  });

/** The same of the table that has what the plan makes: another one than its own where columns go to a new table. */
export const readBuiltFacts = async (
  database: Database,
  plan: Plan,
  facts: AuditFacts,
): Promise<AuditFacts> => (plan.shape.kind === 'split' ? readAuditFacts(database, aboutBuilt(plan)) : facts);

export const aboutBuilt = (plan: Plan): Plan => ({ ...plan, table: builtTable(plan.shape, plan.table) });

const columnsOf = ({ shape, expects }: Plan): readonly string[] => [
  ...new Set([...columnNames(shape), ...expects.columns.map(({ name }) => name)]),
];

const relationsOf = ({ shape, table }: Plan): readonly TableName[] => {
  const leaving = leavingTable(shape);
  const alias = aliasOf(shape);
  const beside = (name: string): TableName => ({ ...table, name });
  if (shape.kind === 'split') return [shape.new.table];
  if (shape.kind === 'tables') return [shape.new.table.name, shape.aside].map(beside);
  return [
    ...(leaving === null ? [] : [leaving.name, leaving.quarantined].map(beside)),
    ...(alias === null ? [] : [...alias.tables, ...alias.views]),
  ];
};
