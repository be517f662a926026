import type { Clock } from '../../../../rehearsal/cloud/step-functions/step-functions.ts';

const BEGINNING = Date.parse('2026-11-21T10:00:00.000Z');

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** Time stands still until the test moves it. */
export class ManualClock implements Clock {
  #now = BEGINNING;
  #sleepers = new Set<Sleeper>();
  readonly #watchers = new Set<() => void>();

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#sleepers.delete(sleeper);
        reject(new Error('woken', { cause: signal.reason }));
      };
      const wake = () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const sleeper = { until: this.#now + ms, wake };
      if (signal.aborted) return onAbort();
      this.#sleepers.add(sleeper);
      signal.addEventListener('abort', onAbort, { once: true });
      this.#watchers.forEach((watch) => watch());
    });
  }

  /** Milliseconds that each sleeper has left. */
  sleeping(): readonly number[] {
    return [...this.#sleepers].map(({ until }) => until - this.#now).toSorted((a, b) => a - b);
  }

  /** Resolves once exactly so many sleep. */
  untilSleeping(count: number): Promise<void> {
    return new Promise((resolve) => {
      const watch = () => {
        if (this.#sleepers.size !== count) return;
        this.#watchers.delete(watch);
        resolve();
      };
      this.#watchers.add(watch);
      watch();
    });
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const sleeper of this.#sleepers) {
      if (sleeper.until > this.#now) continue;
      this.#sleepers.delete(sleeper);
      sleeper.wake();
    }
  }
}

/** Every sleep is over at once, and the time has passed. */
export class LeapingClock implements Clock {
  readonly slept: number[] = [];
  #now = BEGINNING;

  now(): number {
    return this.#now;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.slept.push(ms);
    this.#now += ms;
    await Promise.resolve();
  }
}
