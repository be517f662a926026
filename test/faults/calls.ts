import type { CloudCall } from '../../rehearsal/cloud/faults.ts';

/** A call of a path: its state, its service and operation, and its number among those of its kind there. */
export interface CallPlace {
  readonly state: string;
  /** `rds-data.ExecuteStatement`; a function's invocation is `lambda.ApplyPhase`. */
  readonly call: string;
  readonly nth: number;
}

/** How often a state makes a call in its first visit, its function's calls among them. */
export interface CountedCall {
  readonly state: string;
  readonly call: string;
  readonly times: number;
}

interface Visit {
  readonly state: string;
  /** 1 for the first visit of that state. */
  readonly number: number;
  readonly seen: Map<string, string[]>;
}

/**
 * Tells where each call comes from. A function's calls belong to the state that invoked it last: of these paths no two
 * states invoke the same function at once.
 */
export class CallWatch {
  readonly #visits = new Map<string, number>();
  readonly #ofFunction = new Map<string, Visit>();
  readonly #counts = new Map<string, CountedCall>();

  /** What was called in the first visit of each state. */
  get counted(): readonly CountedCall[] {
    return [...this.#counts.values()];
  }

  /** Undefined where a person calls, or the rehearsal itself. Each call is asked once. */
  placeOf(call: CloudCall): (CallPlace & { readonly visit: number }) | undefined {
    const { service, operation, caller } = call;
    if (caller === undefined) return undefined;
    const visit = this.#ofFunction.get(caller) ?? this.#begun(caller);
    if (service === 'lambda') this.#ofFunction.set(operation, visit);
    const kind = `${service}.${operation}`;
    const nth = nthOf(visit, kind, call);
    if (visit.number === 1) this.#count(visit.state, kind, nth);
    return { state: visit.state, call: kind, nth, visit: visit.number };
  }

  // A state's own call begins a visit: it makes one alone.
  #begun(state: string): Visit {
    const number = (this.#visits.get(state) ?? 0) + 1;
    this.#visits.set(state, number);
    return { state, number, seen: new Map() };
  }

  #count(state: string, call: string, times: number): void {
    const known = this.#counts.get(`${state} ${call}`);
    if (known === undefined || known.times < times)
      this.#counts.set(`${state} ${call}`, { state, call, times });
  }
}

/** A client's retries of a call are the same call. */
function nthOf(visit: Visit, kind: string, { id, number }: CloudCall): number {
  const ids = visit.seen.get(kind) ?? [];
  visit.seen.set(kind, ids);
  const name = id ?? String(number);
  if (!ids.includes(name)) ids.push(name);
  return ids.indexOf(name) + 1;
}
