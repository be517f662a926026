import * as z from 'zod';
import { phaseNames, type PhaseName } from '../plan/plan.ts';

const directions = ['run', 'undo'] as const;
export type Direction = (typeof directions)[number];

/** A unit of a phase that stands: which of the phase's run or undo, from 0, and since when (ISO 8601, UTC). */
export const appliedUnit = z.object({
  phase: z.enum(phaseNames),
  direction: z.enum(directions),
  unit: z.number(),
  at: z.string(),
});
export type AppliedUnit = Readonly<z.infer<typeof appliedUnit>>;

/** What of a migration stands in its database, unit by unit. */
export class Applied {
  constructor(private readonly units: readonly AppliedUnit[]) {}

  nothing(): boolean {
    return this.units.length === 0;
  }

  /** Phases of which anything stands, in the order in which they are lived. */
  phases(): readonly PhaseName[] {
    return phaseNames.filter((phase) => this.units.some((unit) => unit.phase === phase));
  }

  /** Whether statements of the phase stand. */
  begun(phase: PhaseName): boolean {
    return this.some(phase, 'run');
  }

  /** Whether the phase's undo has begun and not ended. */
  undoBegun(phase: PhaseName): boolean {
    return this.some(phase, 'undo');
  }

  /** Whether the old shape is gone: there is no way back. */
  contracted(): boolean {
    return this.begun('contract');
  }

  has(phase: PhaseName, direction: Direction, unit: number): boolean {
    return this.at(phase, direction, unit) !== null;
  }

  /** When a unit was applied; null where it does not stand. */
  at(phase: PhaseName, direction: Direction, unit: number): string | null {
    const found = this.units.find(
      (each) => each.phase === phase && each.direction === direction && each.unit === unit,
    );
    return found?.at ?? null;
  }

  private some(phase: PhaseName, direction: Direction): boolean {
    return this.units.some((unit) => unit.phase === phase && unit.direction === direction);
  }
}
