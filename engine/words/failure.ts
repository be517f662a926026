import * as z from 'zod';

/** An error as Step Functions hands it on: its name, and a cause that is text or holds JSON. */
const wholeError = z.object({
  Error: z.string().default('unknown'),
  Cause: z.string().default(''),
});

/** What failed at the bottom of it, and what it said. */
export interface Reason {
  readonly error: string;
  readonly cause: string;
}

// The failure of a nested execution is all of DescribeExecution, that of a function what it threw.
const nestedExecution = z
  .object({
    ExecutionArn: z.string(),
    Status: z.string(),
    Error: z.string().optional(),
    Cause: z.string().optional(),
  })
  .transform(({ Status, Error, Cause = `the execution ended as ${Status}` }) => ({
    error: Error,
    cause: Cause,
  }));
const thrown = z
  .object({ errorType: z.string(), errorMessage: z.string() })
  .transform(({ errorMessage }) => ({ error: undefined, cause: errorMessage.replaceAll(/\s*\n\s*/gu, ' ') }));
const wrapped = z.union([nestedExecution, thrown]);

const nameOfNestedFailure = 'States.TaskFailed';

/** Takes an error apart: the only place that does. Of nested executions and of what a function threw, it keeps what was said. */
export function unwrapError({ Error: error, Cause: cause }: z.infer<typeof wholeError>): Reason {
  const start = cause.indexOf('{"');
  const inner = start < 0 ? undefined : wrapped.safeParse(parsed(cause.slice(start))).data;
  if (inner === undefined) return { error, cause };
  return unwrapError({
    Error: error === nameOfNestedFailure ? (inner.error ?? error) : error,
    Cause: cause.slice(0, start) + inner.cause,
  });
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** Why and where a migration did not go on, as the state machine keeps it; read as its reason. */
export const failure = z
  .object({ phase: z.string(), error: wholeError })
  .transform(({ phase, error }) => ({ phase, ...unwrapError(error) }));
export const failureOfRollback = wholeError.transform(unwrapError);

/** `GuardrailBreached: alarm checkout-errors is on`. */
export const wordsOfReason = ({ error, cause }: Reason): string =>
  cause === '' ? error : `${error}: ${cause}`;
