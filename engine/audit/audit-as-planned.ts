import { plural } from '../words/amounts.ts';
import { auditItem, runRemedy, type AuditItem } from './audit-item.ts';
import type { AuditFacts } from './audit-facts.ts';
import { lostConstraints, lostIndexes } from './lost-promises.ts';
import type { Remedies } from '../dialects/for-people.ts';
import type { ExpectedColumn } from '../plan/expected.ts';
import type { Plan } from '../plan/plan.ts';

/** The table as the plan has it: what the old columns had is gone, and this alone remembers it. */
export function asPlanned(plan: Plan, facts: AuditFacts, remedies: Remedies): readonly AuditItem[] {
  const { table, expects } = plan;
  const names = expects.columns.map(({ name }) => name).join(', ') || table.name;
  return [
    auditItem(
      `the table belongs to ${expects.owner}`,
      facts.owner !== expects.owner && {
        what: `the table belongs to ${facts.owner ?? 'nobody'}, not to ${expects.owner} as before`,
        remedy: `If nobody meant that, run: ${remedies.changeOwner(table, expects.owner)}`,
      },
    ),
    ...expects.columns.flatMap((column) => columnAsPlanned(plan, column, facts, remedies)),
    auditItem(areThere(expects.indexes.length, names, ['index', 'indexes']), ...lostIndexes(plan, facts)),
    auditItem(
      areThere(expects.constraints.length, names, ['constraint', 'constraints']),
      ...lostConstraints(plan, facts, remedies),
    ),
    auditItem(
      areThere(expects.statistics.length, names, ['statistics object', 'statistics objects']),
      ...expects.statistics
        .filter((wanted) => !facts.statistics.includes(wanted))
        .map((lost) => ({
          what: `the statistics object ${lost} is not there`,
          remedy: 'Create it again: its statement is in the plan, phase verify.',
        })),
    ),
    auditItem(
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

/** `2 indexes of email are there`; of none it is said that there were to be none. */
const areThere = (count: number, names: string, [one, many]: readonly [string, string]): string =>
  count === 0
    ? `no ${one} of ${names} was planned`
    : `${plural(count, one, many)} of ${names} ${count === 1 ? 'is' : 'are'} there`;

function columnAsPlanned(
  { table }: Plan,
  expected: ExpectedColumn,
  facts: AuditFacts,
  remedies: Remedies,
): readonly AuditItem[] {
  const { name } = expected;
  const column = facts.columns.find((each) => each.name === name);
  if (!column)
    return [
      auditItem(`the column ${name} is there`, {
        what: `there is no column ${name} any more`,
        remedy: 'Somebody dropped or renamed it since: ask who, and restore it from a backup if it was lost.',
      }),
    ];
  return [
    auditItem(
      `${name} ${expected.notNull ? 'is NOT NULL' : 'may be NULL'}`,
      expected.notNull &&
        !column.notNull && {
          what: `${name} may be NULL`,
          remedy: runRemedy(remedies.setNotNull(table, name)),
        },
      !expected.notNull &&
        column.notNull && {
          what: `${name} is NOT NULL, which was not planned`,
          remedy: 'Ask who set it, and whether writers expect it.',
        },
    ),
    auditItem(
      `${name} has ${expected.hasDefault ? 'its' : 'no'} default`,
      expected.hasDefault !== column.hasDefault && {
        what: `${name} has ${column.hasDefault ? 'a default that was not planned' : 'lost its default'}`,
        remedy: 'Compare with the plan (`underpin plan`), and set or drop it.',
      },
    ),
    auditItem(
      `${name} has its comment`,
      expected.comment !== null &&
        column.comment !== expected.comment && {
          what: `the comment of ${name} is not the old column's`,
          remedy: `If nobody changed it, run: ${remedies.comment(table, name, expected.comment)}`,
        },
    ),
    auditItem(
      expected.grants.length === 0
        ? `${name} needs no grants of its own`
        : `${name} has its ${expected.grants.length} grants`,
      ...expected.grants
        .filter((wanted) => !column.grants.some((has) => sameGrant(wanted, has)))
        .map((lost) => ({
          what: `${lost.grantee ?? 'PUBLIC'} has lost ${lost.privilege} on ${name}`,
          remedy: runRemedy(remedies.grant(table, name, lost)),
        })),
    ),
  ];
}

type Grant = ExpectedColumn['grants'][number];
const sameGrant = (a: Grant, b: Grant): boolean =>
  a.grantee === b.grantee && a.privilege === b.privilege && (b.grantable || !a.grantable);
