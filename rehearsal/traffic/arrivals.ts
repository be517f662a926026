/** What the clock is read by; passed in, so that tests have one of their own. */
export interface Clock {
  now(): number;
  after(ms: number, then: () => void): () => void;
}

const realClock: Clock = {
  now: () => performance.now(),
  after: (ms, then) => {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
};

/** A timer is late by this much of its own accord; more is a stall, and belongs to the latencies of those who waited. */
const timersOwnMs = 2;

/**
 * Requests at a steady rate, whether or not earlier ones were answered (an open loop): a stall is felt by everyone who
 * would have come meanwhile, not by one. Each arrival is given the time at which it should have been.
 */
export class Arrivals {
  readonly #intervalMs: number;
  readonly #arrive: (scheduled: number) => void;
  readonly #clock: Clock;
  #next = 0;
  #cancel: (() => void) | undefined;

  constructor(perSecond: number, arrive: (scheduled: number) => void, clock: Clock = realClock) {
    this.#intervalMs = 1000 / perSecond;
    this.#arrive = arrive;
    this.#clock = clock;
  }

  get running(): boolean {
    return this.#cancel !== undefined;
  }

  resume(): void {
    if (this.running) return;
    this.#next = this.#clock.now() + this.#intervalMs;
    this.#wait();
  }

  pause(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #wait(): void {
    this.#cancel = this.#clock.after(Math.max(0, this.#next - this.#clock.now()), () => this.#tick());
  }

  #tick(): void {
    for (const now = this.#clock.now(); this.#next <= now; this.#next += this.#intervalMs)
      this.#arrive(now - this.#next > timersOwnMs ? this.#next : now);
    this.#wait();
  }
}
