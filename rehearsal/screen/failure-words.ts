import { z } from 'zod';

// Step Functions gives the failure of a nested execution as the whole of DescribeExecution, in JSON.
const nested = z.object({ Error: z.string(), Cause: z.string() });

/** An execution's error and cause for people: of a nested execution only what it failed of. */
export function failureWords(error: string, cause: string): string {
  const start = cause.indexOf('{"');
  const inner = start < 0 ? undefined : nestedFailure(cause.slice(start));
  if (inner !== undefined) return failureWords(error, cause.slice(0, start) + inner);
  return cause === '' ? error : `${error}: ${cause}`;
}

function nestedFailure(json: string): string | undefined {
  try {
    return nested.safeParse(JSON.parse(json)).data?.Cause;
  } catch {
    return undefined;
  }
}
