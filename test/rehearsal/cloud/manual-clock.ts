import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../../rehearsal/cloud/clock.ts';

type Sleeper = { readonly at: number; readonly wake: () => void };

/** A clock that stands until it is moved. */
export class ManualClock implements Clock {
  private time = Date.parse('2026-11-20T12:00:00Z');
  private sleepers: Sleeper[] = [];

  now(): number {
    return this.time;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const abort = () => reject(new Error('aborted'));
      signal.addEventListener('abort', abort, { once: true });
      const wake = () => {
        signal.removeEventListener('abort', abort);
        resolve();
      };
      this.sleepers.push({ at: this.time + Math.max(ms, 0), wake });
    });
  }

  /** Wakes every sleeper on the way, in order, and lets each do its work before the next. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    await nextTurn();
    for (let next = this.next(end); next !== undefined; next = this.next(end)) {
      this.time = Math.max(this.time, next.at);
      this.sleepers = this.sleepers.filter((it) => it !== next);
      next.wake();
      await nextTurn();
    }
    this.time = end;
  }

  private next(end: number): Sleeper | undefined {
    return this.sleepers.filter((it) => it.at <= end).toSorted((a, b) => a.at - b.at)[0];
  }
}
