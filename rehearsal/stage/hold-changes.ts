import type { HistoryEventRecord } from '../cloud/step-functions/step-functions.ts';

// A state holds by a task that waits for a token: its item is written before it is submitted, and decided before it ends.
const waitsForToken = (details: { readonly resource?: string | undefined } | undefined): boolean =>
  details?.resource?.endsWith('.waitForTaskToken') === true;

/** When holds of a migration may have begun or ended. Whoever asks for one need not ask again before. */
export class HoldChanges {
  private changes = 0;
  private readonly waiting = new Set<() => void>();

  hear({ event }: HistoryEventRecord): void {
    const { taskSubmittedEventDetails: begun, taskSucceededEventDetails: ended } = event;
    const { taskFailedEventDetails: failed, taskTimedOutEventDetails: over } = event;
    if ([begun, ended, failed, over].some(waitsForToken)) this.change();
  }

  /** How many there have been. */
  get count(): number {
    return this.changes;
  }

  /** Resolves once there have been more than so many, or at the signal. */
  after(count: number, ended: AbortSignal): Promise<void> {
    if (this.changes > count || ended.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.waiting.delete(done);
        ended.removeEventListener('abort', done);
        resolve();
      };
      this.waiting.add(done);
      ended.addEventListener('abort', done);
    });
  }

  private change(): void {
    this.changes += 1;
    for (const wake of this.waiting) wake();
  }
}
