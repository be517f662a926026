import * as z from 'zod';
import { cut } from './wording.ts';

/** Why and where a migration did not go on, as the state machine keeps it. */
export const failure = z.object({
  phase: z.string(),
  error: z.string().default('unknown'),
  cause: z.string().default(''),
});
type Failure = z.infer<typeof failure>;

const longestCause = 1500;

/** `GuardrailBreached: alarm checkout-errors is on`. */
export const wordsOfFailure = ({ error, cause }: Omit<Failure, 'phase'>): string =>
  cause === '' ? error : `${error}: ${cut(cause, longestCause)}`;
