import type { Claim } from '../../engine/ledger/claim.ts';
import type { Ledger } from '../../engine/ledger/ledger.ts';
import type { Guardrails } from '../runtime/guardrails.ts';
import type { ReportedReads } from '../runtime/reported-reads.ts';
import { askLeave, heedAbort } from './going-on.ts';
import type { ClaimedMigration } from './migration.ts';

/**
 * What a step asks around its work. `guardrails`: that no alarm is on (raises GuardrailBreached). `leave`: that nobody has
 * paused it and it may change something now (NotNow, Aborted). `reads`: that the reads which the application has reported since
 * they began to move keep the migration's own limits (GuardrailBreached). `abort`: that nobody has aborted it (Aborted); asked after
 * a step, because the state machine may take a hold next, and an order given meanwhile has found none to end.
 */
export type Check = 'guardrails' | 'reads' | 'leave' | 'abort';

/** Whom a check asks. */
export interface Around {
  readonly claim: Claim;
  readonly ledger: Ledger;
  readonly guardrails: () => Guardrails;
  readonly reportedReads: () => ReportedReads;
}

export const asked: { readonly [C in Check]: (it: ClaimedMigration, around: Around) => Promise<void> } = {
  guardrails: async ({ settings }, { guardrails }) => guardrails().ask(settings.guardrails.rollback.alarms),
  reads: async ({ settings }, { claim, ledger, reportedReads }) => {
    if (!settings.reads.reported) return;
    const moved = await ledger.journal.enteredAt(claim, 'read-switch');
    if (moved === null) return;
    const since = { sinceMs: Date.parse(moved.at), nowMs: Date.now() };
    await reportedReads().ask(claim.migration, settings.guardrails.rollback, since);
  },
  leave: async (it) => askLeave(it),
  abort: async (_, { claim, ledger }) => heedAbort(ledger, claim.migration),
};
