import { PreflightFailed } from '../../engine/database/errors.ts';
import { longestCall, mostCharactersOfCall } from '../../engine/plan/longest-call.ts';
import type { Plan } from '../../engine/plan/plan.ts';

// The ledger gives declaration, plan and settings in one answer, which holds 1 MiB: JSON in JSON in JSON, and what was quoted in the
// first is four times as long in the third.
const mostBytes = 200_000;
const shorter = 'Shorten its expressions, for instance by moving them into a function.';

/** A plan that the ledger or a call could not hold. Raises PreflightFailed. */
export function refuseLargePlan(entry: { readonly migration: string; readonly plan: Plan }): void {
  const { migration, plan } = entry;
  const bytes = Buffer.byteLength(JSON.stringify(entry));
  if (bytes > mostBytes)
    throw new PreflightFailed(
      `the plan of ${migration} and its settings take ${bytes} bytes, and ${mostBytes} is the most. ${shorter}`,
    );
  const { does, characters } = longestCall(plan);
  if (characters > mostCharactersOfCall)
    throw new PreflightFailed(
      `the plan of ${migration} has a call (${does}) of ${characters} characters of SQL, and ${mostCharactersOfCall} is the most. ${shorter}`,
    );
}
