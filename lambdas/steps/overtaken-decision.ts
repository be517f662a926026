import type { Claim } from '../../engine/ledger/ledger.ts';
import type { AnsweredGate } from '../runtime/gates.ts';
import type { Tools } from '../runtime/tools.ts';

/**
 * Ends the gate that a rollback leaves, and keeps the answer that a person gave too late: by whom, when, and what was faster.
 * Whoever answers from now on is refused, and is told so.
 */
export async function keepOvertaken(
  tools: Pick<Tools, 'ledger' | 'gates'>,
  claim: Claim,
  { execution, reason }: { readonly execution: string; readonly reason: string },
): Promise<void> {
  const late = await lateAnswer(tools.gates, claim, execution);
  if (late === null) return;
  const { hold: gate, decidedOn: hash, ...decided } = late;
  await tools.ledger.journal.keepOvertaken(claim, { ...decided, gate, hash, overtakenBy: reason });
}

/** A way back does not wait for a table that does not answer or may not be asked. */
async function lateAnswer(
  gates: Tools['gates'],
  { migration }: Claim,
  execution: string,
): Promise<AnsweredGate | null> {
  try {
    return await gates.end(migration, execution);
  } catch {
    return null;
  }
}
