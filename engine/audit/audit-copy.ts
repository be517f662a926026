import type { Remedies } from '../dialects/for-people.ts';
import type { Plan } from '../plan/plan.ts';
import { isThere, type AuditFacts } from './audit-facts.ts';
import { auditItem, type AuditItem } from './audit-item.ts';
import type { Finding } from './audited.ts';

/** What the table that a plan makes is called until it is done; null where it makes none. */
export const copyOf = ({ shape }: Pick<Plan, 'shape'>): string | null =>
  shape.kind === 'tables' || shape.kind === 'split' ? shape.new.table.name : null;

/** After it is completed: the table that was copied is gone. */
export function oldTableGone(
  { table, shape }: Plan,
  facts: AuditFacts,
  remedies: Remedies,
): readonly AuditItem[] {
  if (shape.kind !== 'tables') return [];
  return [
    auditItem(
      'the old table is gone',
      ...[shape.aside, shape.new.table.name]
        .filter((name) => isThere(facts, { ...table, name }))
        .map((name) => ({
          what: `the table ${name} is there`,
          remedy: `When nobody needs it: ${remedies.dropTable({ ...table, name })}`,
        })),
    ),
  ];
}

/** After a rollback: the table that was copied has its name. */
export function tableInItsPlace({ table, shape, migration }: Plan, facts: AuditFacts): readonly AuditItem[] {
  if (shape.kind !== 'tables') return [];
  return [
    auditItem(
      'the table has its name',
      isThere(facts, { ...table, name: shape.aside }) && {
        what: `the old table is still aside, as ${shape.aside}`,
        remedy: `Start ${migration} again: it puts back what must not stand.`,
      },
    ),
  ];
}

export const copyLeft = (plan: Plan, facts: AuditFacts, remedies: Remedies): readonly Finding[] =>
  [copyOf(plan)]
    .filter((name) => name !== null)
    .filter((name) => isThere(facts, { ...plan.table, name }))
    .map((name) => ({
      what: `the table ${name} is there`,
      remedy: `If it is not somebody else's: ${remedies.dropTable({ ...plan.table, name })}`,
    }));
