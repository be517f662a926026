/** A function, or Lambda in its place, answered with an error. */
export class FunctionError extends Error {
  /** The errorType: what ErrorEquals of a state machine matches. */
  override readonly name: string;
  /** JSON text `{errorType, errorMessage, trace}`; for a refusal by Lambda itself a sentence, as AWS gives it. */
  override readonly cause: string;

  constructor(name: string, cause: string) {
    super(cause);
    this.name = name;
    this.cause = cause;
  }
}

export function errorPayload(errorType: string, errorMessage: string, trace?: readonly string[]): string {
  return JSON.stringify({ errorType, errorMessage, trace });
}
