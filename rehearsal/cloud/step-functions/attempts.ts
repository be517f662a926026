import type { Catcher, Retrier } from './definition/fields.ts';
import type { State } from './definition/states.ts';
import { matchesError } from './error-names.ts';
import { StateFailure } from './failure.ts';
import { forgetInner } from './frame.ts';
import { Retries } from './retry.ts';
import { leave, type Transition } from './transition.ts';
import type { Visit } from './visit.ts';

type Handling = State & {
  readonly Retry?: readonly Retrier[] | undefined;
  readonly Catch?: readonly Catcher[] | undefined;
};

/**
 * Tries until it works, the retriers are exhausted, or a catcher takes over.
 *
 * @param attempt one whole attempt, Output and Assign included: their failures are retried and caught too
 * @param gaveUp what the state puts on record when no retrier helps
 */
export async function attempts(
  visit: Visit<Handling>,
  attempt: () => Promise<Transition>,
  gaveUp: () => void = () => undefined,
): Promise<Transition> {
  const { clock, random } = visit.run.surroundings;
  const retries = new Retries(visit.state.Retry);
  for (;;) {
    try {
      return await attempt();
    } catch (failure) {
      if (!(failure instanceof StateFailure)) throw failure;
      const delay = retries.delayAfter(failure, random);
      if (delay === undefined) {
        gaveUp();
        return await caught(visit, failure);
      }
      visit.retryCount += 1;
      forgetInner(visit.position);
      await clock.sleep(delay * 1000, visit.signal);
    }
  }
}

async function caught(visit: Visit<Handling>, failure: StateFailure): Promise<Transition> {
  const catchers = visit.state.Catch ?? [];
  const index = catchers.findIndex(({ ErrorEquals }) => matchesError(ErrorEquals, failure));
  const catcher = catchers[index];
  if (catcher === undefined) throw failure;
  const errorOutput = { ...failure.output };
  return await leave(visit, {
    next: catcher.Next,
    Output: catcher.Output,
    Assign: catcher.Assign,
    otherwise: errorOutput,
    scope: { errorOutput },
    at: `Catch[${index}]/`,
  });
}
