import { asPlanned } from './audit-as-planned.ts';
import { judged, look, run, type Look } from './audit-look.ts';
import type { Audited, Finding, Judged } from './audited.ts';
import type { AuditFacts } from './audit-facts.ts';
import type { Remedies } from '../dialects/dialect.ts';
import type { Plan } from '../plan/plan.ts';

/** The old shape is gone, the new one as planned, and nothing of ours stands. */
export function judgeCompleted(audited: Audited, facts: AuditFacts, remedies: Remedies): Judged {
  const { plan } = audited;
  return judged([
    ...asPlanned(plan, plan.expects, facts, remedies),
    ...oldShapeGone(plan, facts, remedies),
    look('no trigger or function of ours is left', ...dualWriteLeft(plan, facts, remedies)),
    ...everywhere(audited, facts, remedies),
    look(
      'the read flag is gone',
      plan.shape.kind === 'pair' && audited.readShare !== null && flagLeft(plan, audited.readShare),
    ),
  ]);
}

/** The old shape is whole; of the new one there is what the next start goes on from, or nothing. */
export function judgeRolledBack(audited: Audited, facts: AuditFacts, remedies: Remedies): Judged {
  const { plan, applied } = audited;
  const stands = applied.begun('expand');
  const writes = applied.begun('dual-write');
  return judged([
    ...(plan.shape.kind === 'pair' ? [oldShapeWhole(plan, plan.shape, facts)] : []),
    stands
      ? standing(plan, facts, writes)
      : look('nothing of the new shape is left', ...newShapeLeft(plan, facts, remedies)),
    ...everywhere(audited, facts, remedies),
    look(
      'no read goes to the new shape',
      (audited.readShare ?? 0) > 0 && {
        what: `the read flag ${plan.migration} sends ${audited.readShare} % of the reads to the new shape`,
        remedy: 'Send them back at once: see "Send reads back by hand" in the runbook.',
      },
    ),
  ]);
}

const newColumn = ({ shape }: Plan): string => (shape.kind === 'added' ? shape.column : shape.new.column);

function oldShapeGone({ shape, table }: Plan, facts: AuditFacts, remedies: Remedies): readonly Look[] {
  if (shape.kind === 'added') return [];
  const left = facts.columns.filter(({ name }) => [shape.old.column, shape.quarantined].includes(name));
  return [
    look(
      'the old shape is gone',
      ...left.map(({ name }) => ({
        what: `the column ${name} is there`,
        remedy: `When nobody needs it: ${remedies.dropColumn(table, name)}`,
      })),
    ),
  ];
}

function oldShapeWhole(plan: Plan, shape: Extract<Plan['shape'], { kind: 'pair' }>, facts: AuditFacts): Look {
  const has = (column: string): boolean => facts.columns.some(({ name }) => name === column);
  return look(
    'the old shape is whole',
    !has(shape.old.column) && {
      what: `the column ${shape.old.column} is not there`,
      remedy: `Start ${plan.migration} again: it puts back what must not stand.`,
    },
    has(shape.quarantined) && {
      what: `the old column is still in quarantine, as ${shape.quarantined}`,
      remedy: `Start ${plan.migration} again: it puts back what must not stand.`,
    },
  );
}

const newShapeLeft = (plan: Plan, facts: AuditFacts, remedies: Remedies): readonly Finding[] => [
  ...facts.columns
    .filter(({ name }) => name === newColumn(plan))
    .map(({ name }) => ({
      what: `the column ${name} is there`,
      remedy: `If it is not somebody else's: ${remedies.dropColumn(plan.table, name)}`,
    })),
  ...dualWriteLeft(plan, facts, remedies),
];

/** `onRollback: leave`: wanted, and yet it costs every write a little until somebody goes on or takes it away. */
function standing(plan: Plan, facts: AuditFacts, writes: boolean): Look {
  const column = newColumn(plan);
  const broken = writes && facts.triggers.length === 0;
  return look(
    'the new shape',
    broken
      ? {
          what: `the dual write of ${column} is gone, but the ledger has it`,
          remedy: `Both shapes drift apart. Run ${plan.migration} once with \`onRollback: remove\`, and reject its first gate.`,
        }
      : {
          what: `the column ${column}${writes ? ' and its dual write stand' : ' stands'}, for the next start`,
          remedy: 'Start it again; or run it once with `onRollback: remove` and reject its first gate.',
        },
  );
}

const dualWriteLeft = ({ table }: Plan, facts: AuditFacts, remedies: Remedies): readonly Finding[] => [
  ...facts.triggers.map((trigger) => ({
    what: `the trigger ${trigger} is on the table`,
    remedy: run(remedies.dropTrigger(table, trigger)),
  })),
  ...facts.functions.map((name) => ({
    what: `the function ${name} is there`,
    remedy: run(remedies.dropFunction(name)),
  })),
];

/** What is wrong whatever the outcome. */
const everywhere = (
  { plan, stubbornRows }: Audited,
  facts: AuditFacts,
  remedies: Remedies,
): readonly Look[] => [
  look(
    'every index is valid',
    ...facts.indexes
      .filter(({ valid }) => !valid)
      .map(({ name }) => ({
        what: `the index ${name} is INVALID: writes keep it up, and no query uses it`,
        remedy: `Unless somebody is just building it: ${remedies.dropIndex(plan.table, name)}`,
      })),
  ),
  look(
    'no statement of it runs on',
    facts.running > 0 && {
      what: `${facts.running} statements of it still run in the database`,
      remedy: `Wait for them, or end them: pg_stat_activity shows them by /* underpin ${plan.migration} … */`,
    },
  ),
  look(
    'no row is stubborn',
    stubbornRows > 0 && {
      what: `${stubbornRows} rows refused the change`,
      remedy: 'See "stubborn-rows" in the runbook.',
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
