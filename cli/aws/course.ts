import { GetExecutionHistoryCommand, type HistoryEvent, type SFNClient } from '@aws-sdk/client-sfn';
import { failure, type Reason } from '../../engine/words/failure.ts';

/** Where an execution is, and which way it goes. */
export interface Course {
  /** The state that it entered last; null before its first. */
  readonly state: string | null;
  /** Why it has turned back; null while it goes forward. */
  readonly wayBack: Reason | null;
}

// A way back has a few dozen events; only the newest of a history of days are read.
const newest = 250;

/** Reads the end of an execution's history. */
export async function readCourse(sfn: SFNClient, executionArn: string): Promise<Course> {
  const { events = [] } = await sfn.send(
    new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: newest }),
  );
  return courseOf(events);
}

/** The frame of every way back. It is entered before the ledger hears of it. */
const turn = 'Rollback';

/** `events`: newest first. */
export function courseOf(events: readonly HistoryEvent[]): Course {
  const entered = events.flatMap((event) => event.stateEnteredEventDetails?.name ?? []);
  const turnedAt = events.findLastIndex(
    ({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name === turn,
  );
  return {
    state: entered[0] ?? null,
    wayBack: turnedAt < 0 ? null : failureBefore(events.slice(turnedAt + 1)),
  };
}

/** The frame that failed keeps why, as it is left. */
function failureBefore(events: readonly HistoryEvent[]): Reason {
  for (const { stateExitedEventDetails } of events) {
    const kept = stateExitedEventDetails?.assignedVariables?.['failure'];
    const found = kept === undefined ? undefined : failure.safeParse(JSON.parse(kept)).data;
    if (found !== undefined) return found;
  }
  return { error: 'unknown', cause: 'see the execution' };
}
