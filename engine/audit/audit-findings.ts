import { asPlanned } from './audit-as-planned.ts';
import { builtLeft, indexesGone } from './audit-built.ts';
import { auditVerdict, auditItem, runRemedy, type AuditItem } from './audit-item.ts';
import type { AuditSubject, Finding, AuditVerdict } from './audited.ts';
import type { AuditFacts } from './audit-facts.ts';
import { aliasGone, tableRenamed } from './audit-alias.ts';
import { copyLeft, copyOf, oldTableGone, tableInItsPlace } from './audit-copy.ts';
import { tableBack, tableGone } from './audit-table.ts';
import { aboutBuilt } from './read-audit-facts.ts';
import type { Remedies } from '../dialects/for-people.ts';
import { howListed } from '../evidence/stubborn-rows.ts';
import type { Plan } from '../plan/plan.ts';
import type { TableName } from '../spec/table-name.ts';
import {
  aliasOf,
  isSwapped,
  leavingColumns,
  leavingTable,
  newColumns,
  passingNames,
  quarantinedColumns,
  readsMove,
} from '../shapes/shape.ts';

/** Of the plan's table, and of the one that has what the plan makes: mostly the same. */
interface Facts {
  readonly of: AuditFacts;
  readonly built: AuditFacts;
}

/** The old shape is gone, the new one as planned, and nothing of ours stands. */
export function judgeCompleted(
  audited: AuditSubject,
  { of: facts, built }: Facts,
  remedies: Remedies,
): AuditVerdict {
  const { plan } = audited;
  return auditVerdict([
    ...(tableGoes(plan.shape) ? [] : asPlanned(aboutBuilt(plan), built, remedies)),
    ...tableGone(plan, facts, remedies),
    ...(tableGoes(plan.shape) ? tableRenamed(plan, facts) : aliasGone(plan, facts)),
    ...oldShapeGone(plan, facts, remedies),
    ...indexesGone(plan, facts, remedies),
    ...oldTableGone(plan, facts, remedies),
    auditItem(
      'no trigger or function of ours is left',
      ...dualWriteLeft(plan, { of: facts, built }, remedies),
    ),
    ...everywhere(audited, facts, remedies),
    auditItem(
      'the read flag is gone',
      readsMove(plan.shape) && audited.readShare !== null && flagLeft(plan, audited.readShare),
    ),
  ]);
}

/** The old shape is whole; of the new one there is what the next start goes on from, or nothing. */
export function judgeRolledBack(
  audited: AuditSubject,
  { of: facts, built }: Facts,
  remedies: Remedies,
): AuditVerdict {
  const { plan, applied } = audited;
  const stands = applied.begun('expand');
  const writes = applied.begun('dual-write') && plan.follow === undefined;
  return auditVerdict([
    ...oldShapeWhole(plan, facts),
    ...tableBack(plan, facts),
    ...tableInItsPlace(plan, facts),
    stands && plan.shape.kind !== 'none' && plan.shape.kind !== 'own'
      ? plan.shape.kind === 'farewell'
        ? optionalStill(plan)
        : standing(plan, facts, writes)
      : auditItem('nothing of the new shape is left', ...newShapeLeft(plan, { of: facts, built }, remedies)),
    ...(stands ? [] : aliasGone(plan, facts)),
    ...everywhere(audited, facts, remedies),
    auditItem(
      'no read goes to the new shape',
      (audited.readShare ?? 0) > 0 && {
        what: `the read flag ${plan.migration} sends ${audited.readShare} % of the reads to the new shape`,
        remedy: 'Send them back at once: see "Send reads back by hand" in the runbook.',
      },
    ),
  ]);
}

/** Whether nothing has the table's name in the end. */
const tableGoes = (shape: Plan['shape']): boolean => leavingTable(shape) !== null || shape.kind === 'name';

const newNames = ({ shape }: Plan): readonly string[] => newColumns(shape).map(({ name }) => name);

function oldShapeGone(plan: Plan, facts: AuditFacts, remedies: Remedies): readonly AuditItem[] {
  const passing = passingNames(plan.shape);
  if (passing.length === 0) return [];
  return [
    auditItem(
      'the old shape is gone',
      ...facts.columns
        .filter(({ name }) => passing.includes(name))
        .map(({ name }) => ({
          what: `the column ${name} is there`,
          remedy: `When nobody needs it: ${remedies.dropColumn(plan.table, name)}`,
        })),
    ),
  ];
}

/** The columns that are there before, and what they are called once they are aside. */
function oldNames(shape: Plan['shape']) {
  if (shape.kind !== 'columns' && shape.kind !== 'split' && shape.kind !== 'farewell')
    return { before: [], aside: [] };
  const { columns } = shape.kind === 'farewell' ? shape.leaving : shape.old;
  return { before: columns.map(({ name }) => name), aside: quarantinedColumns(shape) };
}

function oldShapeWhole({ shape, migration }: Plan, facts: AuditFacts): readonly AuditItem[] {
  const { before, aside: names } = oldNames(shape);
  if (before.length === 0) return [];
  const has = (column: string): boolean => facts.columns.some(({ name }) => name === column);
  const remedy = `Start ${migration} again: it puts back what must not stand.`;
  const aside = isSwapped(shape) ? 'set aside' : 'in quarantine';
  return [
    auditItem(
      'the old shape is whole',
      ...before
        .filter((name) => !has(name))
        .map((name) => ({ what: `the column ${name} is not there`, remedy })),
      ...names.filter(has).map((name) => ({ what: `the old column is still ${aside}, as ${name}`, remedy })),
    ),
  ];
}

const newShapeLeft = (plan: Plan, facts: Facts, remedies: Remedies): readonly Finding[] => [
  ...facts.of.columns
    .filter(({ name }) => newNames(plan).includes(name))
    .map(({ name }) => ({
      what: `the column ${name} is there`,
      remedy: `If it is not somebody else's: ${remedies.dropColumn(plan.table, name)}`,
    })),
  ...copyLeft(plan, facts.of, remedies),
  ...builtLeft(plan, facts.of, remedies),
  ...dualWriteLeft(plan, facts, remedies),
];

/** What makes a column that leaves optional stays too: a version of the application that knows it no more may run. */
const optionalStill = (plan: Plan): AuditItem =>
  auditItem('what leaves may be left out', {
    what: `rows may still be inserted without ${leavingColumns(plan.shape)
      .map(({ name }) => name)
      .join(', ')}, for the next start`,
    remedy: 'Start it again; or run it once with `onRollback: remove` and reject its first gate.',
  });

/** `onRollback: leave`: wanted, and yet it costs every write a little until somebody goes on or takes it away. */
function standing(plan: Plan, facts: AuditFacts, writes: boolean): AuditItem {
  const columns = newNames(plan).join(', ');
  const copy = copyOf(plan);
  const what = copy === null ? `the column ${columns}` : `the table ${copy}`;
  if (aliasOf(plan.shape) !== null)
    return auditItem('the new shape', {
      what: `${plan.table.name} is a view${columns === '' ? '' : `, with ${columns} under both names`}, for the next start`,
      remedy: 'Start it again; or run it once with `onRollback: remove` and reject its first gate.',
    });
  const broken =
    writes &&
    (plan.expectsBeforeSwap ?? plan.expects).triggers.some((trigger) => !facts.triggers.includes(trigger));
  return auditItem(
    'the new shape',
    broken
      ? {
          what: `the dual write of ${copy ?? columns} is gone, but the ledger has it`,
          remedy: `Both shapes drift apart. Run ${plan.migration} once with \`onRollback: remove\`, and reject its first gate.`,
        }
      : {
          what: `${what}${writes ? ' and its dual write stand' : ' stands'}, for the next start`,
          remedy: 'Start it again; or run it once with `onRollback: remove` and reject its first gate.',
        },
  );
}

const dualWriteLeft = (plan: Plan, { of: facts, built }: Facts, remedies: Remedies): readonly Finding[] => [
  ...triggersLeft(plan.table, facts, remedies),
  ...(built === facts ? [] : triggersLeft(aboutBuilt(plan).table, built, remedies)),
  ...facts.functions.map((name) => ({
    what: `the function ${name} is there`,
    remedy: runRemedy(remedies.dropFunction(name)),
  })),
];

const triggersLeft = (table: TableName, facts: AuditFacts, remedies: Remedies): readonly Finding[] =>
  facts.triggers.map((trigger) => ({
    what: `the trigger ${trigger} is on the table`,
    remedy: runRemedy(remedies.dropTrigger(table, trigger)),
  }));

/** What is wrong whatever the outcome. */
const everywhere = (
  { plan, outcome, stubbornRows }: AuditSubject,
  facts: AuditFacts,
  remedies: Remedies,
): readonly AuditItem[] => [
  auditItem(
    'every index is valid',
    ...facts.indexes
      .filter(({ valid }) => !valid)
      .map(({ name }) => ({
        what: `the index ${name} is INVALID: writes keep it up, and no query uses it`,
        remedy: `Unless somebody is just building it: ${remedies.dropIndex(plan.table, name)}`,
      })),
  ),
  auditItem(
    'no statement of it runs on',
    facts.running > 0 && {
      what: `${facts.running} statements of it still run in the database`,
      remedy: `Wait for them, or end them: ${remedies.findRunning(plan.migration)}`,
    },
  ),
  auditItem(
    'no row is stubborn',
    stubbornRows > 0 && {
      what: `${stubbornRows} rows refused the change`,
      remedy:
        outcome === 'completed'
          ? 'See "stubborn-rows" in the runbook.'
          : `Correct them; their keys: ${howListed(plan.migration, remedies)}. Or forget the keys: ${remedies.forgetStubborn(plan.migration)}`,
    },
  ),
];

function flagLeft({ migration }: Plan, percent: number): Finding {
  return percent === 100
    ? {
        what: `the read flag ${migration} is still there`,
        remedy: 'Take the read switch out of the application, then delete the flag in AppConfig.',
      }
    : {
        what: `the read flag ${migration} says ${percent} %, but the old shape is gone`,
        remedy: 'Set it to 100 % at once: readers of the old shape fail.',
      };
}
