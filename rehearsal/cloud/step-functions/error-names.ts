import type { StateFailure } from './failure.ts';

/**
 * Whether a Retry or Catch rule is meant. States.Runtime is never caught; States.DataLimitExceeded only by its own
 * name, unless it has another one. States.TaskFailed stands for any error but a time-out.
 */
export function matchesError(errorEquals: readonly string[], failure: StateFailure): boolean {
  if (failure.error === 'States.Runtime') return false;
  return errorEquals.some((name) => names(name, failure));
}

function names(name: string, { error, alias }: StateFailure): boolean {
  if (name === error || (alias !== undefined && name === alias)) return true;
  if (error === 'States.DataLimitExceeded') return false;
  if (name === 'States.TaskFailed') return error !== 'States.Timeout';
  return name === 'States.ALL';
}
