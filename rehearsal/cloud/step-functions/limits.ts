import { StateFailure } from './failure.ts';
import { byteLength, type Json } from './json.ts';

/** The service's quotas: 256 KiB for any input, output, result, variable and Assign; 10 MiB of variables. */
export const PAYLOAD_BYTES = 262_144;
export const ALL_VARIABLES_BYTES = 10 * 1024 * 1024;
export const HISTORY_EVENTS = 25_000;
export const MAX_SECONDS = 99_999_999;
export const INLINE_MAP_CONCURRENCY = 40;

/** AWS has caught an answer of Lambda's that was too large by States.ALL, against its documentation. */
export const caughtByAll = 'States.ALL';

/**
 * @param owner the state, or the service that answered, as the message names it
 * @param alias a second name by which Retry and Catch know it
 * @throws StateFailure States.DataLimitExceeded
 */
export function refuseOversized(value: Json, owner: string, alias?: typeof caughtByAll): void {
  if (byteLength(value) <= PAYLOAD_BYTES) return;
  throw new StateFailure(
    'States.DataLimitExceeded',
    `The state/task '${owner}' returned a result with a size exceeding the maximum number of bytes service limit.`,
    alias,
  );
}
