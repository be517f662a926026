import { promisesLost } from './audit-as-planned.ts';
import type { AuditFacts } from './audit-facts.ts';
import { judgeCompleted, judgeRolledBack } from './audit-findings.ts';
import type { Audit, AuditSubject } from './audited.ts';
import type { Database } from '../database/database.ts';
import type { Expected } from '../plan/expected.ts';
import type { Plan } from '../plan/plan.ts';
import type { TableName } from '../spec/table-name.ts';
import { aliasOf, columnNames, lastingNames, leavingTable } from '../shapes/shape.ts';

export type { Audit, AuditSubject as Audited, Finding } from './audited.ts';

/**
 * Compares a table with what its migration was to make of it, and names what is left over. It reads the catalog only, so
 * that it may be asked as often as somebody looks.
 */
export async function auditLeftovers(database: Database, audited: AuditSubject): Promise<Audit> {
  const { plan, outcome, since } = audited;
  const facts = await readFacts(database, plan);
  const judge = outcome === 'completed' ? judgeCompleted : judgeRolledBack;
  const judged = judge(audited, facts, database.dialect.remedies);
  return { open: judged.open.map((finding) => ({ ...finding, since })), passed: judged.passed };
}

/** Which of the indexes and constraints that the plan has built are not there any more, or not as planned. */
export async function lostPromises(
  database: Database,
  plan: Plan,
  expects: Expected,
  table: TableName = plan.table,
): Promise<readonly string[]> {
  const there = { ...plan, table };
  return promisesLost(there, expects, await readFacts(database, there), database.dialect.remedies);
}

const readFacts = (database: Database, plan: Plan): Promise<AuditFacts> =>
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

// A scan of that many rows takes a second or two; a larger table's comparison is reported instead.
const mostCounted = 1_000_000;

/** Rows and NULLs of the new columns for people, where counting is cheap; undefined elsewhere. */
export async function countedRows(database: Database, plan: Plan): Promise<string | undefined> {
  if (plan.estimatedRows > mostCounted) return undefined;
  const counted: string[] = [];
  for (const name of lastingNames(plan.shape)) {
    const { rows, nulls } = await database.dialect.look.countRows(database, {
      table: plan.table,
      column: name,
    });
    counted.push(`${rows} rows, ${nulls} of them NULL in ${name}`);
  }
  return counted.length === 0 ? undefined : counted.join('; ');
}
