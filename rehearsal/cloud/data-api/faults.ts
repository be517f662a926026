import type { OperationName } from './requests.ts';

/** One call as a fault may want to know it. `body` is the parsed request, not yet checked. */
export interface DataApiCall {
  readonly operation: OperationName;
  readonly body: unknown;
  /** 1 for the first call this server ever got. */
  readonly number: number;
}

export interface FaultError {
  /** HTTP status: the SDK repeats 5xx by itself, and never a 400. */
  readonly status: number;
  /** The error name as the service spells it, e.g. `DatabaseUnavailableException`. */
  readonly name: string;
  readonly message: string;
}

/**
 * `before`: the database never hears of the call. `afterCommit`: the call runs to its end, and then its answer is
 * replaced. `dropAfterCommit`: it runs, and the connection is closed without an answer.
 */
export type Fault =
  | { readonly when: 'before'; readonly error: FaultError }
  | { readonly when: 'afterCommit'; readonly error: FaultError }
  | { readonly when: 'dropAfterCommit' };

export type FaultRule = (call: DataApiCall) => Fault | undefined;

const RESUMING: Fault = {
  when: 'before',
  error: {
    status: 400,
    name: 'DatabaseResumingException',
    message:
      'The Aurora DB instance db-REHEARSAL is resuming after being auto-paused. Please wait a few seconds and try again',
  },
};

/** What should go wrong. Rules are asked in the order they were made; the first that names a fault decides. */
export class Faults {
  #rules: FaultRule[] = [];

  /** The next `times` calls get `error`: before they reach the database, or after they committed. */
  failNext(
    times: number,
    fault: { readonly when: 'before' | 'afterCommit'; readonly error: FaultError },
  ): void {
    this.#nextTimes(times, fault);
  }

  /** The next `times` calls find the database asleep. */
  resume(times: number): void {
    this.#nextTimes(times, RESUMING);
  }

  /** The answers of the next `times` calls are lost on the way, after the call has committed. */
  dropConnectionAfterCommit(times: number): void {
    this.#nextTimes(times, { when: 'dropAfterCommit' });
  }

  /** A rule of your own, in force until the returned function is called. */
  when(rule: FaultRule): () => void {
    this.#rules.push(rule);
    return () => {
      this.#rules = this.#rules.filter((other) => other !== rule);
    };
  }

  clear(): void {
    this.#rules = [];
  }

  /** For the server: the fault of this call, if any. Asking uses it up. */
  next(call: DataApiCall): Fault | undefined {
    for (const rule of this.#rules) {
      const fault = rule(call);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  #nextTimes(times: number, fault: Fault): void {
    let left = times;
    const end = this.when(() => {
      if (left <= 1) end();
      left--;
      return left >= 0 ? fault : undefined;
    });
  }
}
