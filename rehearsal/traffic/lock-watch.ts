/** How the traffic's sessions waited for locks. */
export interface LockWaits {
  /**
   * The longest seen, in milliseconds. Sampled every `resolutionMs`: a wait may have gone on for that much longer, and a
   * shorter one may have passed unseen.
   */
  readonly longestMs: number;
  readonly longestMsByLabel: Readonly<Record<string, number>>;
  /** For how long somebody waited, in milliseconds: the samples that found a wait, `resolutionMs` each. */
  readonly waitedMsByLabel: Readonly<Record<string, number>>;
  readonly resolutionMs: number;
  /** For people: where the samples came from. */
  readonly from: string;
}

/** Where the waits of some applications can be seen. */
export interface LockSampler {
  /** For people: where a sample comes from. */
  readonly from: string;
  readonly resolutionMs: number;
  start(lost: () => void): Promise<void>;
  /** The longest wait now, in milliseconds; undefined where nobody waits. */
  sample(): Promise<number | undefined>;
  end(): Promise<void>;
}

/** Watches, on a connection of its own, how long the sessions of some applications wait for locks. */
export class LockWatch {
  readonly #sampler: LockSampler;
  readonly #isAnybodyThere: () => boolean;
  readonly #label: () => string;
  readonly #seen: (ms: number) => void;
  readonly #longest: Record<string, number> = {};
  readonly #waited: Record<string, number> = {};
  #running = true;
  #watching: Promise<void> = Promise.resolve();
  #wake: () => void = () => {};

  /** Where nobody is there, nobody waits. `seen` hears of every wait that a sample finds, in milliseconds. */
  constructor(
    sampler: LockSampler,
    isAnybodyThere: () => boolean,
    label: () => string,
    seen: (ms: number) => void,
  ) {
    this.#sampler = sampler;
    this.#isAnybodyThere = isAnybodyThere;
    this.#label = label;
    this.#seen = seen;
  }

  async start(): Promise<void> {
    // Losing the watch must not end the traffic; the query that follows tells.
    await this.#sampler.start(() => (this.#running = false));
    this.#watching = this.#watch();
  }

  async stop(): Promise<void> {
    this.#running = false;
    this.#wake();
    await this.#watching;
    await this.#sampler.end().catch(() => {});
  }

  get waits(): LockWaits {
    return {
      longestMs: Math.max(0, ...Object.values(this.#longest)),
      longestMsByLabel: { ...this.#longest },
      waitedMsByLabel: { ...this.#waited },
      resolutionMs: this.#sampler.resolutionMs,
      from: this.#sampler.from,
    };
  }

  async #watch(): Promise<void> {
    while (this.#running) {
      try {
        await this.#sample();
      } catch {
        return;
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, this.#sampler.resolutionMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async #sample(): Promise<void> {
    const sampled = this.#isAnybodyThere() ? await this.#sampler.sample() : undefined;
    if (sampled === undefined) return;
    const label = this.#label();
    const ms = Math.round(sampled);
    this.#longest[label] = Math.max(this.#longest[label] ?? 0, ms);
    this.#waited[label] = (this.#waited[label] ?? 0) + this.#sampler.resolutionMs;
    this.#seen(ms);
  }
}
