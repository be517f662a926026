/**
 * A state did not succeed. `error` and `cause` are what Retry, Catch and the history see; null when whoever reported
 * the failure gave none (a Fail state without Error, SendTaskFailure without error).
 */
export class StateFailure extends Error {
  override readonly name: string = 'StateFailure';
  readonly error: string | null;
  override readonly cause: string | null;
  /** A second name that ErrorEquals may use: a missed heartbeat is a States.Timeout and a States.HeartbeatTimeout. */
  readonly alias: string | undefined;

  constructor(error: string | null, cause: string | null, alias?: string) {
    super(`${error ?? 'no error name'}: ${cause ?? 'no cause'}`);
    this.error = error;
    this.cause = cause;
    this.alias = alias;
  }

  /** `$states.errorOutput`. */
  get output(): { readonly Error: string | null; readonly Cause: string | null } {
    return { Error: this.error, Cause: this.cause };
  }
}

/** An expression failed; the history says which one in an event of its own. */
export class QueryEvaluationFailure extends StateFailure {
  override readonly name = 'QueryEvaluationFailure';
  /** The field, as `Output/total`; undefined where it is the state's input that does not fit. */
  readonly location: string | undefined;

  constructor(location: string | undefined, cause: string) {
    super('States.QueryEvaluationError', cause);
    this.location = location;
  }
}

/** Somebody gave up on this work: a sibling branch failed, the execution was stopped, or the service closes. */
export class Aborted extends Error {
  override readonly name = 'Aborted';
}

/** The history is full. Nothing catches it. */
export class HistoryFull extends Error {
  override readonly name = 'HistoryFull';
}

/** `error` and `cause` as event details and responses carry them: absent rather than null or empty. */
export function errorDetails(failure: StateFailure): { error?: string; cause?: string } {
  return {
    ...(failure.error === null ? {} : { error: failure.error }),
    ...(failure.cause === null || failure.cause === '' ? {} : { cause: failure.cause }),
  };
}
