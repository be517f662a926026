import { wordsOfReason, type Reason } from '../words/failure.ts';
import { cut } from './wording.ts';

const longestReason = 1500;

/** `GuardrailBreached: alarm checkout-errors is on`, cut where it is long. */
export const wordsOfFailure = (reason: Reason): string => cut(wordsOfReason(reason), longestReason);
