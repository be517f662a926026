import type { Plan } from '../../../plan/plan.ts';

/** Whether an action is about the sequence of an identity that the plan makes anew. */
export const isIdentity = (
  { expects }: Pick<Plan, 'expects'>,
  [schema, name, column = '']: readonly string[],
): boolean =>
  column === '' &&
  (expects.identitySequences ?? []).some((each) => each.schema === schema && each.name === name);
