import type { Remedies } from '../dialects/for-people.ts';
import type { Plan } from '../plan/plan.ts';
import type { AuditFacts } from './audit-facts.ts';
import { auditItem, type AuditItem } from './audit-item.ts';
import type { Finding } from './audited.ts';

/** After it is completed: indexes that were to go are gone. */
export const indexesGone = (
  { table, expects }: Plan,
  facts: AuditFacts,
  remedies: Remedies,
): readonly AuditItem[] =>
  (expects.gone ?? []).map((name) =>
    auditItem(
      `the index ${name} is gone`,
      facts.indexes.some((index) => index.name === name) && {
        what: `the index ${name} is there`,
        remedy: `Somebody made it again: ask who. When nobody needs it: ${remedies.dropIndex(table, name)}`,
      },
    ),
  );

/** After a rollback of a change that moves no data: nothing that it made is left, and nothing is missing. */
export function builtLeft(
  { shape, table, expects }: Plan,
  facts: AuditFacts,
  remedies: Remedies,
): readonly Finding[] {
  if (shape.kind !== 'none') return [];
  const has = (name: string): boolean => facts.indexes.some((index) => index.name === name);
  return [
    ...expects.constraints
      .filter(({ name }) => facts.constraints.some((constraint) => constraint.name === name))
      .map(({ name }) => ({
        what: `the constraint ${name} is there`,
        remedy: "If it is not somebody else's, drop it: its statement is in the plan, undo.",
      })),
    ...expects.indexes
      .filter(({ name }) => has(name))
      .map(({ name }) => ({
        what: `the index ${name} is there`,
        remedy: `If it is not somebody else's: ${remedies.dropIndex(table, name)}`,
      })),
    ...(expects.gone ?? [])
      .filter((name) => !has(name))
      .map((name) => ({
        what: `the index ${name} is not there`,
        remedy: 'Build it again: its statement is in the plan, undo of verify.',
      })),
  ];
}
