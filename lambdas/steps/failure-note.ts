import type { Claim } from '../../engine/ledger/ledger.ts';
import type { Tools } from '../runtime/tools.ts';

// The state machine retries these; they are no reason for anything yet.
const passing = new Set([
  'TransientDatabaseError',
  'TransientAwsError',
  'LockNotAcquired',
  'NotNow',
  'Fenced',
]);

/**
 * Does the work of a map's child and notes why it gave up: Step Functions tells the parent of a Distributed Map only that
 * too many children failed.
 */
export async function withFailureNoted<T>(
  { ledger }: Pick<Tools, 'ledger'>,
  { migration, epoch }: Claim,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && !passing.has(error.name))
      await ledger.journal.noteFailure({ migration, epoch }, `${error.name}: ${error.message}`);
    throw error;
  }
}
