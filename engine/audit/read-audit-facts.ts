import type { Database } from '../database/database.ts';
import type { Plan } from '../plan/plan.ts';
import { aliasOf, columnNames, leavingTable } from '../shapes/shape.ts';
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

const columnsOf = ({ shape, expects }: Plan): readonly string[] => [
  ...new Set([...columnNames(shape), ...expects.columns.map(({ name }) => name)]),
];

const relationsOf = ({ shape, table }: Plan): readonly TableName[] => {
  const leaving = leavingTable(shape);
  const alias = aliasOf(shape);
  const beside = (name: string): TableName => ({ ...table, name });
  if (shape.kind === 'tables') return [shape.new.table.name, shape.aside].map(beside);
  return [
    ...(leaving === null ? [] : [leaving.name, leaving.quarantined].map(beside)),
    ...(alias === null ? [] : [...alias.tables, ...alias.views]),
  ];
};
