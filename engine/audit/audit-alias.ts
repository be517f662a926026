import type { Plan } from '../plan/plan.ts';
import { aliasOf } from '../shapes/shape.ts';
import type { AuditFacts } from './audit-facts.ts';
import { auditItem, type AuditItem } from './audit-item.ts';

/** Where no view is meant to stand and the name is not to change: the table has it. */
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

/** After it is completed: a table that got another name has it, and nothing has the old one. */
export function tableRenamed({ shape }: Plan, facts: AuditFacts): readonly AuditItem[] {
  const alias = aliasOf(shape);
  if (alias === null || shape.kind !== 'name') return [];
  return [
    auditItem(
      `the table is called ${alias.base}`,
      !facts.relations.includes(alias.base) && {
        what: `there is no table ${alias.base} any more`,
        remedy: 'Somebody dropped or renamed it since: ask who, and restore from a backup where it was lost.',
      },
      ...alias.views
        .filter((name) => facts.relations.includes(name))
        .map((name) => ({
          what: `there is something called ${name}`,
          remedy: 'Somebody made it since: ask who needs it.',
        })),
    ),
  ];
}
