import type { Account } from './account.ts';
import { appliedUnit } from '../engine/ledger/applied.ts';
import { livedPhases, phaseOf, type PhaseName, type Plan, type Unit } from '../engine/plan/plan.ts';
import { walkFor } from '../engine/plan/walk.ts';
import type { PhaseStatements } from './report.ts';

type Ran = Pick<Account, 'applied' | 'events'>;

const unitDetail = appliedUnit.omit({ at: true });

/** The SQL of a plan's phases, and when each unit of it was applied. Phases without any SQL are left out. */
export function statementsOf(plan: Plan, ran: Ran): readonly PhaseStatements[] {
  return livedPhases(plan)
    .map((phase): PhaseStatements => {
      const { run, undo } = phaseOf(plan, phase);
      return {
        phase,
        units: [...run.map((unit, at) => written(unit, phase, at, ran)), ...walked(plan, phase)],
        undo:
          'irreversible' in undo
            ? `none: ${undo.irreversible}`
            : undo.map(({ does }) => does).join('; ') || null,
      };
    })
    .filter(({ units }) => units.length > 0);
}

type Written = PhaseStatements['units'][number];

const written = (unit: Unit, phase: PhaseName, at: number, ran: Ran): Written => ({
  does: unit.does,
  lock: unit.lock,
  kind: unit.kind,
  sql: unit.kind === 'brief' ? [...unit.statements] : [unit.statement],
  ...appliedOf(phase, at, ran),
});

function appliedOf(
  phase: PhaseName,
  unit: number,
  { applied, events }: Ran,
): Pick<Written, 'appliedAt' | 'stands'> {
  const since = applied.at(phase, 'run', unit);
  if (since !== null) return { appliedAt: since, stands: true };
  // Undone units leave the list; the event that says that they ran stays.
  const past = events.findLast(({ what, detail }) => {
    const of = what === 'unit' ? unitDetail.safeParse(detail).data : undefined;
    return of?.phase === phase && of.direction === 'run' && of.unit === unit;
  });
  return { appliedAt: past?.at ?? null, stands: false };
}

/** What is sent again and again is no unit: a batch of the backfill, a range of a comparison. */
function walked(plan: Plan, phase: PhaseName): readonly Written[] {
  if (phase !== 'backfill' && phase !== 'verify') return [];
  const { batch, check } = walkFor(plan, phase) ?? {};
  const again = { lock: 'none', kind: 'batch', appliedAt: null, stands: false } as const;
  if (phase === 'verify')
    return check === undefined ? [] : [{ ...again, does: 'compare one range', sql: [check] }];
  return batch === undefined ? [] : [{ ...again, does: 'copy one batch', sql: [batch] }];
}
