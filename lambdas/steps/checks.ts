import type { Claim } from '../../engine/ledger/claim.ts';
import type { Ledger } from '../../engine/ledger/ledger.ts';
import type { Guardrails } from '../runtime/guardrails.ts';
import type { ReportedReads } from '../runtime/reported-reads.ts';
import type { AskTarget } from '../runtime/targets.ts';
import type { Makers } from '../runtime/tools.ts';
import { askLeave, heedAbort } from './going-on.ts';
import type { ClaimedMigration } from './migration.ts';

/**
 * What a step asks around its work. `guardrails`: that no alarm is on (raises GuardrailBreached). `leave`: that nobody has
 * paused it and it may change something now (NotNow, Aborted). `reads`: that the reads which the application has reported since
 * they began to move keep the migration's own limits (GuardrailBreached). `abort`: that nobody has aborted it (Aborted); asked after
 * a step, because the state machine may take a hold next, and an order given meanwhile has found none to end.
 */
export type Check = 'guardrails' | 'reads' | 'leave' | 'abort';

/** How whatever answers the checks is made. */
export type Answering = Makers & {
  readonly ledger: (ask: AskTarget) => Ledger;
  readonly guardrails?: (ask: AskTarget) => Guardrails;
  readonly reportedReads?: (ask: AskTarget) => ReportedReads;
};

/** Only who uses what answers them can ask them. */
export type CheckOf<U> =
  | 'leave'
  | 'abort'
  | (U extends { readonly guardrails: (ask: AskTarget) => Guardrails } ? 'guardrails' : never)
  | (U extends { readonly reportedReads: (ask: AskTarget) => ReportedReads } ? 'reads' : never);

/** Asks checks about a migration as it was read, one after the other. */
export function asking(
  it: ClaimedMigration,
  { migration, epoch }: Claim,
  uses: Answering,
  target: AskTarget,
) {
  const ledger = uses.ledger(target);
  const guardrails = (): Guardrails => used(uses.guardrails)(target);
  const reportedReads = (): ReportedReads => used(uses.reportedReads)(target);
  const asked: { readonly [C in Check]: () => Promise<void> } = {
    guardrails: async () => guardrails().ask(it.settings.guardrails.rollback.alarms),
    reads: async () => {
      if (!it.settings.reads.reported) return;
      const moved = await ledger.journal.enteredAt({ migration, epoch }, 'read-switch');
      if (moved === null) return;
      const since = { sinceMs: Date.parse(moved.at), nowMs: Date.now() };
      await reportedReads().ask(migration, it.settings.guardrails.rollback, since);
    },
    leave: async () => askLeave(it),
    abort: () => heedAbort(ledger, migration),
  };
  return async (...checks: readonly Check[]): Promise<void> => {
    for (const check of checks) await asked[check]();
  };
}

/** What a check asks; only a step that uses it can name the check. */
function used<T>(make: T | undefined): T {
  if (make === undefined) throw new Error('a step has to use what its checks ask');
  return make;
}
