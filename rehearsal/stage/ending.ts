import { unwrapError, wordsOfReason } from '../../engine/words/failure.ts';
import type { HistoryEventRecord } from '../cloud/step-functions/step-functions.ts';
import type { Outcome } from './result.ts';

/** How an execution ended, and why where it failed. */
export interface ExecutionEnding {
  readonly outcome: Outcome;
  readonly failure: string | null;
}

/** What an event says of the end of its execution; undefined where it goes on. */
export function endingOf(event: HistoryEventRecord['event']): ExecutionEnding | undefined {
  if (event.type === 'ExecutionSucceeded') return { outcome: 'completed', failure: null };
  if (event.type === 'ExecutionAborted' || event.type === 'ExecutionTimedOut')
    return { outcome: 'failed', failure: `its execution ended by ${event.type}` };
  if (event.type !== 'ExecutionFailed') return undefined;
  const { error = '', cause = '' } = event.executionFailedEventDetails ?? {};
  const failure = wordsOfReason(unwrapError({ Error: error, Cause: cause }));
  return { outcome: error === 'RolledBack' ? 'rolled-back' : 'failed', failure };
}
