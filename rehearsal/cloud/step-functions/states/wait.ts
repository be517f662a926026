import type { WaitState } from '../definition/states.ts';
import { unexpectedType } from '../expressions.ts';
import { QueryEvaluationFailure } from '../failure.ts';
import { MAX_SECONDS } from '../limits.ts';
import { whole } from '../numbers.ts';
import { leave, type Transition } from '../transition.ts';
import type { Visit } from '../visit.ts';

const OFFSET_DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

/** A redriven Wait goes on waiting until the moment it first had in mind, and not at all when that has passed. */
export async function visitWait(visit: Visit<WaitState>): Promise<Transition> {
  const { clock } = visit.run.surroundings;
  const until = await wakeAt(visit);
  await clock.sleep(Math.max(0, until - clock.now()), visit.signal);
  const { Next, Output, Assign } = visit.state;
  return await leave(visit, { next: Next, Output, Assign, otherwise: visit.input });
}

async function wakeAt(visit: Visit<WaitState>): Promise<number> {
  const { Seconds, Timestamp } = visit.state;
  if (Seconds !== undefined) {
    return (
      visit.position.enteredAt + (await whole(visit, 'Seconds', Seconds, { min: 0, max: MAX_SECONDS })) * 1000
    );
  }
  const template = Timestamp ?? '';
  const value = await visit.evaluate(template, 'Timestamp');
  if (typeof value !== 'string') {
    return await visit.checked(() => unexpectedType('Timestamp', template, value, 'string', visit.preamble));
  }
  const at = OFFSET_DATE_TIME.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(at)) {
    return await visit.checked(() => {
      const what =
        'The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string';
      throw new QueryEvaluationFailure('Timestamp', `${visit.preamble}${what}: ${value}`);
    }, 'entered');
  }
  return at;
}
