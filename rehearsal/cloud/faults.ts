import { setTimeout as sleep } from 'node:timers/promises';

/** The services of the local cloud, as AWS's clients are called. */
export type ServiceName =
  'appconfig' | 'cloudwatch' | 'dynamodb' | 'lambda' | 'rds-data' | 's3' | 'sfn' | 'sns';

/** One call as a fault may want to know it. */
export interface CloudCall {
  readonly service: ServiceName;
  readonly operation: string;
  /** The function or the state that calls, by its name; absent where a person does. */
  readonly caller?: string;
  /** The client's own name for this call: its retries of it bear the same. */
  readonly id?: string;
  /** The parsed request, not yet checked; undefined where it is not JSON. */
  readonly body: unknown;
  /** 1 for the first call this service ever got. */
  readonly number: number;
}

export interface FaultError {
  /** HTTP status: the SDK repeats 5xx by itself, and of the 400s only throttling. */
  readonly status: number;
  /** The error name as the service spells it, e.g. `DatabaseUnavailableException`. */
  readonly name: string;
  readonly message: string;
}

/**
 * `before`: the service never hears of the call. `dropBefore`: nor does it, and the connection is closed.
 * `afterCommit`: the call runs to its end, and then its answer is replaced. `dropAfterCommit`: it runs, and the
 * connection is closed without an answer. `late`: it arrives that much later. `twice`: it arrives twice at once.
 */
export type Fault =
  | { readonly when: 'before'; readonly error: FaultError }
  | { readonly when: 'dropBefore' }
  | { readonly when: 'afterCommit'; readonly error: FaultError }
  | { readonly when: 'dropAfterCommit' }
  | { readonly when: 'late'; readonly ms: number }
  | { readonly when: 'twice' };

export type FaultRule = (call: CloudCall) => Fault | undefined;

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

  /** The next `times` calls get `error`: before they reach the service, or after they took effect. */
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

  /** The answers of the next `times` calls are lost on the way, after the call has taken effect. */
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

  /** For the services: the fault of this call, if any. Asking uses it up. */
  next(call: CloudCall): Fault | undefined {
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

/**
 * Carries a call out as its fault wants it.
 *
 * @param work the call itself; what it raises is its answer
 * @param refused the answer that says an error
 * @returns the answer; undefined: none, the connection is closed
 */
export async function underFault<A>(
  fault: Fault | undefined,
  work: () => Promise<A> | A,
  refused: (error: FaultError) => A,
): Promise<A | undefined> {
  if (fault?.when === 'before') return refused(fault.error);
  if (fault?.when === 'dropBefore') return undefined;
  if (fault?.when === 'late') await sleep(fault.ms);
  const [answer] = await Promise.all(fault?.when === 'twice' ? [work(), work()] : [work()]);
  if (fault?.when === 'afterCommit') return refused(fault.error);
  return fault?.when === 'dropAfterCommit' ? undefined : answer;
}
