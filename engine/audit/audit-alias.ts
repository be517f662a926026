import type { Plan } from '../plan/plan.ts';
import { aliasOf } from '../shapes/shape.ts';
import type { TableName } from '../spec/table-name.ts';
import { isThere, type AuditFacts } from './audit-facts.ts';
import { auditItem, type AuditItem } from './audit-item.ts';

/** Where no view is meant to stand and the name is not to change: the table has it. */
export function aliasGone({ table, shape, migration }: Plan, facts: AuditFacts): readonly AuditItem[] {
  const alias = aliasOf(shape);
  if (alias === null) return [];
  return [
    auditItem(
      `${table.name} is the table`,
      isThere(facts, alias.base) && {
        what: `the table is still ${seenFrom(table, alias.base)}, behind a view`,
        remedy: `Start ${migration} again, or run it once with \`onRollback: remove\` and reject its first gate.`,
      },
    ),
  ];
}

/** After it is completed: a table that got another name has it, and nothing has the old one. */
export function tableRenamed({ table, shape }: Plan, facts: AuditFacts): readonly AuditItem[] {
  const alias = aliasOf(shape);
  if (alias === null || shape.kind !== 'name') return [];
  const base = seenFrom(table, alias.base);
  return [
    auditItem(
      `the table is ${base}`,
      !isThere(facts, alias.base) && {
        what: `there is no table ${base} any more`,
        remedy: 'Somebody dropped or renamed it since: ask who, and restore it from a backup if it was lost.',
      },
      ...alias.views
        .filter((view) => isThere(facts, view))
        .map(({ name }) => ({
          what: `there is something called ${name}`,
          remedy: 'Somebody made it since: ask who needs it.',
        })),
    ),
  ];
}

/** Its schema is said where that is another one. */
const seenFrom = (table: TableName, other: TableName): string =>
  other.schema === table.schema ? other.name : `${other.schema}.${other.name}`;
