import type { Database } from '../database/database.ts';
import type { Remedies } from '../dialects/for-people.ts';
import type { Plan } from '../plan/plan.ts';
import type { AuditFacts } from './audit-facts.ts';
import { runRemedy } from './audit-item.ts';
import type { Finding } from './audited.ts';
import { readAuditFacts } from './read-audit-facts.ts';

/**
 * Indexes and constraints that a gate must not let go: they were built by the plan, and are not there any more, or others
 * are. Read from the catalog alone.
 */
export async function lostPromises(database: Database, plan: Plan): Promise<readonly string[]> {
  const facts = await readAuditFacts(database, plan);
  const { indexes } = plan.expects;
  return [
    ...lostIndexes(plan, facts).map(({ what }) => what),
    ...facts.indexes
      .filter(({ name, valid }) => !valid && indexes.some((planned) => planned.name === name))
      .map(({ name }) => `the index ${name} is INVALID`),
    ...lostConstraints(plan, facts, database.dialect.remedies).map(({ what }) => what),
  ];
}

// An INVALID one is found with all others that are.
export const lostIndexes = ({ expects }: Plan, facts: AuditFacts): readonly Finding[] =>
  expects.indexes.flatMap(({ name, unique, definition }) => {
    const has = facts.indexes.find((each) => each.name === name && (each.unique || !unique));
    if (!has)
      return [
        {
          what: `the ${unique ? 'unique ' : ''}index ${name} is not there`,
          remedy: 'Build it again: its statement is in the plan, phase verify.',
        },
      ];
    return has.definition === definition
      ? []
      : [
          {
            what: `the index ${name} is another one than planned: ${has.definition}`,
            remedy: `The plan had ${definition}: build that one, unless somebody changed it on purpose.`,
          },
        ];
  });

export function lostConstraints(
  { table, expects }: Plan,
  facts: AuditFacts,
  remedies: Remedies,
): readonly Finding[] {
  return expects.constraints.flatMap(({ name, valid }) => {
    const has = facts.constraints.find((each) => each.name === name);
    if (!has)
      return [
        {
          what: `the constraint ${name} is not there`,
          remedy: 'Add it again: its statement is in the plan, phase verify.',
        },
      ];
    return valid && !has.valid
      ? [
          {
            what: `the constraint ${name} is not validated`,
            remedy: runRemedy(remedies.validate(table, name)),
          },
        ]
      : [];
  });
}
