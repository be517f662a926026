import type { Admission, Breaker } from './breaker.ts';
import type { Measurements } from './measurements.ts';
import type { ReadPaths } from './paths.ts';

/** Takes the paths: measures them, and asks the old one for what fails on the new one. */
export class GuardedReads {
  readonly #measurements: Measurements;
  readonly #breaker: Breaker | null;
  #isFallbackUnderway = false;
  #hasFallbackFailed = false;

  constructor(measurements: Measurements, breaker: Breaker | null) {
    this.#measurements = measurements;
    this.#breaker = breaker;
  }

  /** Rejects as the old path does. */
  async old<T>({ old }: Pick<ReadPaths<T>, 'old'>): Promise<T> {
    const startedMs = performance.now();
    try {
      const value = await old();
      this.#measurements.answered('old', performance.now() - startedMs);
      return value;
    } catch (error) {
      this.#measurements.failed('old');
      throw error;
    }
  }

  /** Rejects as the old path does, which is asked when the new one fails. */
  async new<T>(paths: ReadPaths<T>, admission: Admission | null): Promise<T> {
    const startedMs = performance.now();
    try {
      const value = await paths.new();
      const ms = performance.now() - startedMs;
      this.#measurements.answered('new', ms);
      this.#measurements.judged(false);
      if (admission) this.#breaker?.answered(admission, ms);
      return value;
    } catch (error) {
      return this.#fallBack(paths, admission, error);
    }
  }

  /**
   * Where the old path fails as well, the new one is not to blame: the row is not there, or the database is away. In an
   * outage one read at a time falls back, so as not to double its load.
   */
  async #fallBack<T>(paths: ReadPaths<T>, admission: Admission | null, error: unknown): Promise<T> {
    if (this.#hasFallbackFailed && this.#isFallbackUnderway) {
      if (admission) this.#breaker?.blameless(admission);
      this.#measurements.failed('new');
      throw error;
    }
    this.#isFallbackUnderway = true;
    try {
      const value = await this.old(paths);
      this.#hasFallbackFailed = false;
      this.#measurements.fellBack();
      this.#measurements.judged(true);
      if (admission) this.#breaker?.failed(admission);
      return value;
    } catch (second) {
      this.#hasFallbackFailed = true;
      if (admission) this.#breaker?.blameless(admission);
      throw second;
    } finally {
      this.#isFallbackUnderway = false;
    }
  }
}
