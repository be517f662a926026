import type { Remedies } from '../dialects/for-people.ts';
import type { Plan } from '../plan/plan.ts';
import { leavingTable } from '../shapes/shape.ts';
import { isThere, type AuditFacts } from './audit-facts.ts';
import { auditItem, type AuditItem } from './audit-item.ts';

/** After it is completed: a table that was to go is gone, under either name. */
export function tableGone(
  { table, shape }: Plan,
  facts: AuditFacts,
  remedies: Remedies,
): readonly AuditItem[] {
  const leaving = leavingTable(shape);
  if (leaving === null) return [];
  const found = [leaving.name, leaving.quarantined].filter((name) => isThere(facts, { ...table, name }));
  return [
    auditItem(
      `the table ${leaving.name} is gone`,
      ...found.map((name) => ({
        what: `the table ${name} is there`,
        remedy: `Somebody made it again: ask who. When nobody needs it: ${remedies.dropTable({ ...table, name })}`,
      })),
    ),
  ];
}

/** After a rollback: it has its name. */
export function tableBack({ migration, table, shape }: Plan, facts: AuditFacts): readonly AuditItem[] {
  const leaving = leavingTable(shape);
  if (leaving === null) return [];
  const remedy = `Start ${migration} again: it puts back what must not stand.`;
  return [
    auditItem(
      `the table ${leaving.name} is there`,
      !isThere(facts, { ...table, name: leaving.name }) && {
        what: `the table ${leaving.name} is not there`,
        remedy,
      },
      isThere(facts, { ...table, name: leaving.quarantined }) && {
        what: `the table is still in quarantine, as ${leaving.quarantined}`,
        remedy,
      },
    ),
  ];
}
