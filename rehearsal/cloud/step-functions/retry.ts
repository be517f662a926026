import type { Retrier } from './definition/fields.ts';
import { matchesError } from './error-names.ts';
import type { StateFailure } from './failure.ts';

/** The retriers of one visit of a state: each counts its own attempts, across whatever errors come between. */
export class Retries {
  readonly #retriers: readonly Retrier[];
  readonly #attempts: number[];

  constructor(retriers: readonly Retrier[] = []) {
    this.#retriers = retriers;
    this.#attempts = retriers.map(() => 0);
  }

  /** Seconds until the next attempt; undefined when the state has failed for good. */
  delayAfter(failure: StateFailure, random: () => number): number | undefined {
    const index = this.#retriers.findIndex((retrier) => matchesError(retrier.ErrorEquals, failure));
    const retrier = this.#retriers[index];
    const attempt = this.#attempts[index];
    if (retrier === undefined || attempt === undefined) return undefined;
    if (attempt >= (retrier.MaxAttempts ?? 3)) return undefined;
    this.#attempts[index] = attempt + 1;
    return backoffSeconds(retrier, attempt, random);
  }
}

/** Full jitter draws from zero to the computed delay; the cap is applied before the draw. */
export function backoffSeconds(retrier: Retrier, earlierRetries: number, random: () => number): number {
  const grown = (retrier.IntervalSeconds ?? 1) * (retrier.BackoffRate ?? 2) ** earlierRetries;
  const capped = Math.min(grown, retrier.MaxDelaySeconds ?? Infinity);
  return retrier.JitterStrategy === 'FULL' ? capped * random() : capped;
}
