import type { SpecProblem } from '../../engine/database/errors.ts';
import type { PlannedFile } from './outcome.ts';

/** For programs; docs/plan.md says what each key means. Keys are added, never renamed. */
export const plansJson = (planned: readonly PlannedFile[]): string =>
  JSON.stringify(
    {
      format: 'underpin-plans-1',
      plans: planned.map(({ file, spec, outcome, message, problems, preview }) => ({
        file,
        migration: spec?.name ?? null,
        outcome,
        message,
        problems: problems.map(withoutRows),
        plan: preview,
      })),
    },
    null,
    2,
  );

/** Keys of rows are for the terminal alone. */
function withoutRows(problem: SpecProblem): Omit<SpecProblem, 'rows'> {
  const { rows: _, ...rest } = problem;
  return rest;
}
