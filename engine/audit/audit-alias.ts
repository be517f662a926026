import type { Plan } from '../plan/plan.ts';
import { aliasOf } from '../shapes/shape.ts';
import type { AuditFacts } from './audit-facts.ts';
import { auditItem, type AuditItem } from './audit-item.ts';

/** Where no view is meant to stand: the table has its name. */
export function aliasGone({ table, shape, migration }: Plan, facts: AuditFacts): readonly AuditItem[] {
  const alias = aliasOf(shape);
  if (alias === null) return [];
  return [
    auditItem(
      `${table.name} is the table`,
      facts.relations.includes(alias.base) && {
        what: `the table is still called ${alias.base}, behind a view`,
        remedy: `Start ${migration} again, or run it once with \`onRollback: remove\` and reject its first gate.`,
      },
    ),
  ];
}
