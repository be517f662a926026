import { phaseNames, type PhaseName, type Plan } from './plan.ts';

// The column and its dual write may stay: the shapes are kept equal, so that the next start goes on from here. What could
// refuse a write of the old application (NOT NULL, constraints, unique indexes of the new column) goes.
const mustBeUndone: ReadonlySet<PhaseName> = new Set(['quarantine', 'swap', 'read-switch', 'verify']);

const hasCopy = ({ shape }: Pick<Plan, 'shape'>): boolean =>
  shape.kind === 'columns' || shape.kind === 'tables' || shape.kind === 'split';

/** Where no data has two shapes, nothing is left for another try: all of it is undone at once. */
const isUndoneAtOnce = (phase: PhaseName, { shape }: Pick<Plan, 'shape'>): boolean =>
  shape.kind === 'none' || shape.kind === 'own' || mustBeUndone.has(phase);

/** Of phases that stand, those that a rollback undoes at once, newest first. */
export const undoneAtOnce = (
  standing: ReadonlySet<PhaseName>,
  plan: Pick<Plan, 'shape'>,
): readonly PhaseName[] =>
  phaseNames.toReversed().filter((phase) => standing.has(phase) && isUndoneAtOnce(phase, plan));

/**
 * The phases that go too with `onRollback: remove`, newest first, once no version of the application names the new
 * shape. Checkpoints go with the column that they speak of, so the backfill is always among them.
 */
export const undoneLast = (
  standing: ReadonlySet<PhaseName>,
  plan: Pick<Plan, 'shape'>,
): readonly PhaseName[] =>
  phaseNames
    .toReversed()
    .filter(
      (phase) =>
        (phase === 'backfill' && hasCopy(plan)) || (standing.has(phase) && !isUndoneAtOnce(phase, plan)),
    );
