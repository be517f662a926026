import { RowRefused, StatementRefused } from '../../engine/database/errors.ts';
import { advance } from '../../engine/database/online.ts';
import type { Direction } from '../../engine/ledger/applied.ts';
import type { Claim } from '../../engine/ledger/ledger.ts';
import type { PhaseName, Unit } from '../../engine/plan/plan.ts';
import type { Tools } from '../runtime/tools.ts';
import { startsOf } from './online-start.ts';

/**
 * Runs units in order, each once, however often it is called. Gives false while one of them runs on by itself in the
 * database: call again later. `mayBegin` is asked before a statement is started that may run for hours, and raises what
 * keeps it from being started.
 */
export async function runUnits(
  tools: Pick<Tools, 'database' | 'ledger'>,
  claim: Claim,
  phase: PhaseName,
  direction: Direction,
  units: readonly Unit[],
  lockTimeoutMs: number,
  mayBegin: () => Promise<void> = () => Promise.resolve(),
): Promise<boolean> {
  const applied = await tools.ledger.applied(claim.migration);
  for (const [at, unit] of units.entries()) {
    if (applied.has(phase, direction, at)) continue;
    const place = { ...claim, phase, direction, unit: at };
    if (unit.kind === 'brief') await naming(unit, tools.ledger.runBrief(place, unit, lockTimeoutMs));
    else {
      const mayStart = startsOf(tools.ledger, place, unit, mayBegin);
      if (!(await naming(unit, advance(tools.database, unit, mayStart, place)))) return false;
      await tools.ledger.mark(place);
    }
  }
  return true;
}

/** A refusal names the unit as the plan does: the database's own words may hold a value, and did not get this far. */
async function naming<T>({ does }: Unit, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof RowRefused) throw new RowRefused(error.sqlState, does);
    if (error instanceof StatementRefused) throw error.ofStep(does);
    throw error;
  }
}
