import type { Plan } from '../plan/plan.ts';
import type { Settings } from '../plan/settings.ts';
import type { Truth } from '../plan/walk.ts';

const usual = 0.01;

/**
 * The share of the rows, of 1, of which one side may have missed a write since the reconciliation before; null where no write
 * can miss one side, so that a single row that differs is too much. Once the new side is the truth nobody reads the old one, and
 * versions come that do not write it any more: all of its rows may be behind, and are brought up.
 */
export const mostPartial = (
  { follow }: Pick<Plan, 'follow'>,
  { guardrails }: Pick<Settings, 'guardrails'>,
  truth: Truth,
): number | null => {
  if (follow !== 'application') return null;
  return truth === 'new' ? 1 : (guardrails.rollback.partialWrites ?? usual);
};
