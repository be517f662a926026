import { look, run, type Look } from './audit-look.ts';
import type { Finding } from './audited.ts';
import type { AuditFacts } from './audit-facts.ts';
import type { Remedies } from '../dialects/dialect.ts';
import type { Expected } from '../plan/expected.ts';
import type { Plan } from '../plan/plan.ts';

/** The new column as the plan has it: what the old one had is gone, and this alone remembers it. */
export function asPlanned(
  plan: Plan,
  expects: Expected,
  facts: AuditFacts,
  remedies: Remedies,
): readonly Look[] {
  const { table } = plan;
  const column = facts.columns.find(({ name }) => name === expects.column.name);
  if (!column)
    return [
      look('the new column is there', {
        what: `there is no column ${expects.column.name} any more`,
        remedy: 'Somebody dropped or renamed it since: ask who, and restore from a backup where it was lost.',
      }),
    ];
  const { name } = column;
  return [
    look(
      `the table belongs to ${expects.owner}`,
      facts.owner !== expects.owner && {
        what: `the table belongs to ${facts.owner ?? 'nobody'}, not to ${expects.owner} as before`,
        remedy: `If nobody meant that, run: ${remedies.changeOwner(table, expects.owner)}`,
      },
    ),
    look(
      expects.column.notNull ? `${name} is NOT NULL` : `${name} may be NULL, as before`,
      expects.column.notNull &&
        !column.notNull && { what: `${name} may be NULL`, remedy: run(remedies.setNotNull(table, name)) },
    ),
    look(
      `${name} has ${expects.column.hasDefault ? 'its' : 'no'} default`,
      expects.column.hasDefault !== column.hasDefault && {
        what: `${name} has ${column.hasDefault ? 'a default that was not planned' : 'lost its default'}`,
        remedy: 'Compare with the plan (`underpin plan`), and set or drop it.',
      },
    ),
    look(
      `${name} has the comment of the old column`,
      expects.column.comment !== null &&
        column.comment !== expects.column.comment && {
          what: `the comment of ${name} is not the old column's`,
          remedy: `If nobody changed it, run: ${remedies.comment(table, name, expects.column.comment)}`,
        },
    ),
    look(
      `${name} has the ${expects.column.grants.length} grants of the old column`,
      ...expects.column.grants
        .filter((wanted) => !column.grants.some((has) => sameGrant(wanted, has)))
        .map((lost) => ({
          what: `${lost.grantee ?? 'PUBLIC'} has lost ${lost.privilege} on ${name}`,
          remedy: run(remedies.grant(table, name, lost)),
        })),
    ),
    look(`${expects.indexes.length} indexes of ${name} are there`, ...indexesLost(expects, facts)),
    look(
      `${expects.constraints.length} constraints of ${name} hold`,
      ...constraintsLost(plan, expects, facts, remedies),
    ),
    look(
      `${expects.statistics.length} statistics objects of ${name} are there`,
      ...expects.statistics
        .filter((wanted) => !facts.statistics.includes(wanted))
        .map((lost) => ({
          what: `the statistics object ${lost} is not there`,
          remedy: 'Create it again: its statement is in the plan, phase verify.',
        })),
    ),
    look(
      expects.replicaIdentity === null
        ? 'no replica identity had to move'
        : `${expects.replicaIdentity} is the replica identity`,
      expects.replicaIdentity !== null &&
        facts.replicaIdentity !== expects.replicaIdentity && {
          what: `the replica identity is ${facts.replicaIdentity ?? 'no index'}, not ${expects.replicaIdentity}`,
          remedy: `If nobody meant that, run: ${remedies.identify(table, expects.replicaIdentity)}`,
        },
    ),
  ];
}

type Grant = Expected['column']['grants'][number];
const sameGrant = (a: Grant, b: Grant): boolean =>
  a.grantee === b.grantee && a.privilege === b.privilege && (b.grantable || !a.grantable);

/** Indexes and constraints that a gate must not let go: they were built, and are not there any more, or others are. */
export const promisesLost = (
  plan: Plan,
  expects: Expected,
  facts: AuditFacts,
  remedies: Remedies,
): readonly string[] => [
  ...indexesLost(expects, facts).map(({ what }) => what),
  ...facts.indexes
    .filter(({ name, valid }) => !valid && expects.indexes.some((wanted) => wanted.name === name))
    .map(({ name }) => `the index ${name} is INVALID`),
  ...constraintsLost(plan, expects, facts, remedies).map(({ what }) => what),
];

// An INVALID one is found with all others that are.
const indexesLost = ({ indexes }: Expected, facts: AuditFacts): readonly Finding[] =>
  indexes.flatMap(({ name, unique, definition }) => {
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
            remedy: `Planned was ${definition}: build that one where nobody changed it knowingly.`,
          },
        ];
  });

function constraintsLost(
  { table }: Plan,
  { constraints }: Expected,
  facts: AuditFacts,
  remedies: Remedies,
): readonly Finding[] {
  return constraints.flatMap(({ name, valid }) => {
    const has = facts.constraints.find((each) => each.name === name);
    if (!has)
      return [
        {
          what: `the constraint ${name} is not there`,
          remedy: 'Add it again: its statement is in the plan, phase verify.',
        },
      ];
    return valid && !has.valid
      ? [{ what: `the constraint ${name} is not validated`, remedy: run(remedies.validate(table, name)) }]
      : [];
  });
}
