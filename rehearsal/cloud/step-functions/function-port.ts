/** A Lambda function answered with an error. */
export class FunctionError extends Error {
  /** The errorType: what ErrorEquals matches. */
  override readonly name: string;
  /** The error payload, a JSON string. */
  override readonly cause: string;

  constructor(name: string, cause: string) {
    super(cause);
    this.name = name;
    this.cause = cause;
  }
}

/**
 * How the interpreter reaches a Lambda function. The signal fires only when the service closes: neither a time-out nor
 * a failed sibling stops a function that runs, as on AWS.
 *
 * @throws FunctionError
 */
export type InvokeFunction = (
  functionArn: string,
  payload: unknown,
  signal: AbortSignal,
  /** Whose call it is. */
  state: string,
) => Promise<{ readonly payload: unknown }>;
