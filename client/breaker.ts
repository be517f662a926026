/** When a process leaves the new path by itself, and when it tries it again. */
export interface BreakerLimits {
  /** Failed reads of the new path, of 1, in the last ten seconds. */
  readonly errorRate: number;
  /** So many must have failed before a rate means anything. */
  readonly errors: number;
  /** How many times the old path's p95 the new path's p95 may be. */
  readonly slowdown: number;
  /** And by how much it must be slower at least: a factor of very little is noise. In milliseconds. */
  readonly slowerByMs: number;
  /** Time on the old path before the new one is tried again; it doubles each time that the trial fails. */
  readonly openMs: number;
}

export const defaultLimits: BreakerLimits = {
  errorRate: 0.1,
  errors: 5,
  slowdown: 2,
  slowerByMs: 10,
  openMs: 30_000,
};

export interface BreakerParts {
  readonly limits: BreakerLimits;
  /** Milliseconds; only differences matter. */
  readonly now: () => number;
  /** The old path's p95 in milliseconds; undefined while it is not known. */
  readonly oldP95: () => number | undefined;
  readonly opened: (reason: string) => void;
  readonly closed: () => void;
}

/** A read that was let on to the new path. */
export interface Admission {
  readonly isTrial: boolean;
  readonly startedMs: number;
  judged: boolean;
}

interface Second {
  at: number;
  reads: number;
  failed: number;
  slow: number;
}

const seconds = 10;
const enoughForLatency = 50;
const slowShare = 0.05;
const trialsToClose = 5;
const longestOpenMs = 600_000;

/**
 * Takes one process off the new path when that fails or is too slow, and tries it again later, one read at a time. A
 * failing trial costs nobody an answer: the old path gives it.
 */
export class Breaker {
  readonly #parts: BreakerParts;
  readonly #seconds: readonly Second[] = Array.from({ length: seconds }, () => ({
    at: -1,
    reads: 0,
    failed: 0,
    slow: 0,
  }));
  readonly #underway = new Set<Admission>();
  #state: 'closed' | 'open' | 'trying' = 'closed';
  #openMs: number;
  #openUntil = 0;
  #trialUnderway = false;
  #goodTrials = 0;

  constructor(parts: BreakerParts) {
    this.#parts = parts;
    this.#openMs = parts.limits.openMs;
  }

  get state(): 'closed' | 'open' | 'trying' {
    return this.#state;
  }

  /** Lets a read on to the new path, or does not. */
  admit(): Admission | undefined {
    const startedMs = this.#parts.now();
    if (this.#state === 'open' && startedMs >= this.#openUntil) {
      this.#state = 'trying';
      this.#goodTrials = 0;
      this.#trialUnderway = false;
    }
    if (this.#state === 'open' || (this.#state === 'trying' && this.#trialUnderway)) return undefined;
    const admission = { isTrial: this.#state === 'trying', startedMs, judged: false };
    this.#trialUnderway = admission.isTrial;
    this.#underway.add(admission);
    return admission;
  }

  answered(admission: Admission, ms: number): void {
    this.#ended(admission);
    if (admission.judged) return;
    const budget = this.#budgetMs();
    this.#judge(admission, budget !== undefined && ms > budget ? 'slow' : 'good');
  }

  failed(admission: Admission): void {
    this.#ended(admission);
    if (!admission.judged) this.#judge(admission, 'failed');
  }

  /** The read failed, and the new path is not to blame. */
  blameless(admission: Admission): void {
    this.#ended(admission);
  }

  /** Reads that hang never end: those beyond the budget are judged meanwhile. Called every second or so. */
  tick(): void {
    const budget = this.#budgetMs();
    if (budget === undefined) return;
    const now = this.#parts.now();
    for (const admission of this.#underway)
      if (!admission.judged && now - admission.startedMs > budget) this.#judge(admission, 'slow');
  }

  /** Forgets everything: the flag sent all reads to the old path, so that the next ramp is a new one. */
  reset(): void {
    if (this.#state !== 'closed') this.#parts.closed();
    this.#close();
  }

  #ended(admission: Admission): void {
    this.#underway.delete(admission);
    if (admission.isTrial) this.#trialUnderway = false;
  }

  #judge(admission: Admission, verdict: 'good' | 'slow' | 'failed'): void {
    admission.judged = true;
    if (admission.isTrial) return this.#judgeTrial(verdict);
    const second = this.#second();
    second.reads += 1;
    if (verdict === 'failed') second.failed += 1;
    if (verdict === 'slow') second.slow += 1;
    if (verdict !== 'good') this.#weigh();
  }

  #judgeTrial(verdict: 'good' | 'slow' | 'failed'): void {
    if (this.#state !== 'trying') return;
    if (verdict !== 'good') {
      this.#openMs = Math.min(longestOpenMs, this.#openMs * 2);
      return this.#open(`a trial ${verdict === 'slow' ? 'was too slow' : 'failed'}`);
    }
    this.#goodTrials += 1;
    if (this.#goodTrials < trialsToClose) return;
    this.#close();
    this.#parts.closed();
  }

  #weigh(): void {
    const { limits } = this.#parts;
    const recent = this.#recent();
    if (recent.failed >= limits.errors && recent.failed > limits.errorRate * recent.reads)
      return this.#open(`${recent.failed} of ${recent.reads} reads failed on the new path in ${seconds} s`);
    if (recent.reads >= enoughForLatency && recent.slow > slowShare * recent.reads)
      this.#open(
        `${recent.slow} of ${recent.reads} reads took more than ${this.#budgetMs()?.toFixed(1)} ms on the new path in ${seconds} s`,
      );
  }

  #recent(): Omit<Second, 'at'> {
    const now = Math.floor(this.#parts.now() / 1000);
    const sum = { reads: 0, failed: 0, slow: 0 };
    for (const { at, reads, failed, slow } of this.#seconds) {
      if (now - at >= seconds) continue;
      sum.reads += reads;
      sum.failed += failed;
      sum.slow += slow;
    }
    return sum;
  }

  #second(): Second {
    const at = Math.floor(this.#parts.now() / 1000);
    const second = this.#seconds[at % seconds];
    if (second === undefined) throw new RangeError(`no second ${at}`);
    if (second.at !== at) Object.assign(second, { at, reads: 0, failed: 0, slow: 0 });
    return second;
  }

  #open(reason: string): void {
    this.#state = 'open';
    this.#openUntil = this.#parts.now() + this.#openMs;
    this.#forget();
    this.#parts.opened(reason);
  }

  #close(): void {
    this.#state = 'closed';
    this.#openMs = this.#parts.limits.openMs;
    this.#trialUnderway = false;
    this.#forget();
  }

  #forget(): void {
    for (const second of this.#seconds) second.at = -1;
    for (const admission of this.#underway) admission.judged = true;
  }

  #budgetMs(): number | undefined {
    const { limits, oldP95 } = this.#parts;
    const p95 = oldP95();
    return p95 === undefined ? undefined : Math.max(p95 * limits.slowdown, p95 + limits.slowerByMs);
  }
}
