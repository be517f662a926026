import { mayChange } from '../../engine/spec/change-window.ts';
import { Aborted, NotNow } from '../../engine/database/errors.ts';
import { wordsOfOrder, type StandingOrder } from '../../engine/ledger/standing-order.ts';
import type { Settings } from '../../engine/plan/settings.ts';
import type { Ledger } from '../../engine/ledger/ledger.ts';

/** What decides whether a migration may take a step forward, apart from its alarms. */
export interface Leave {
  readonly standing: StandingOrder | null;
  readonly settings: Settings;
}

/** Why nothing may be begun now, for people; null when it may. Raises Aborted. */
export function reasonToWait(leave: Leave): string | null {
  refuseIfAborted(leave.standing);
  if (leave.standing !== null) return wordsOfOrder(leave.standing);
  const change = mayChange(leave.settings.changeWindow, Date.now());
  return change.may ? null : change.reason;
}

/** Before a step forward, once the alarms are silent. Raises Aborted, and NotNow, which the state machine retries. */
export function askLeave(leave: Leave): void {
  const reason = reasonToWait(leave);
  if (reason !== null) throw new NotNow(reason);
}

/** After a step, before the state machine takes a hold: an order given meanwhile has found none to end. Raises Aborted. */
export async function heedAbort(ledger: Ledger, migration: string): Promise<void> {
  refuseIfAborted(await ledger.order(migration));
}

/** Does the work; where the database refuses it because of an abort, which it says alone, the error says whose and why. */
export async function namingOrder<T>(ledger: Ledger, migration: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Aborted) await heedAbort(ledger, migration);
    throw error;
  }
}

function refuseIfAborted(standing: StandingOrder | null): void {
  if (standing?.order === 'abort') throw new Aborted(wordsOfOrder(standing));
}
