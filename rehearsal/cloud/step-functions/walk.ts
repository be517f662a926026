import type { State } from './definition/states.ts';
import { forgetInner, type Frame, type Position } from './frame.ts';
import { inputOf } from './history.ts';
import type { Json } from './json.ts';
import type { Run } from './run.ts';
import { visitChoice } from './states/choice.ts';
import { visitFail } from './states/fail.ts';
import { visitMap } from './states/map.ts';
import { visitParallel } from './states/parallel.ts';
import { visitPass } from './states/pass.ts';
import { visitSucceed } from './states/succeed.ts';
import { visitTask } from './states/task.ts';
import { visitWait } from './states/wait.ts';
import type { Transition } from './transition.ts';
import { Visit } from './visit.ts';

const VISITS: {
  readonly [type in State['Type']]: (visit: Visit<Extract<State, { Type: type }>>) => Promise<Transition>;
} = {
  Pass: visitPass,
  Task: visitTask,
  Choice: visitChoice,
  Wait: visitWait,
  Succeed: visitSucceed,
  Fail: visitFail,
  Parallel: visitParallel,
  Map: visitMap,
};

/**
 * Walks a scope from its start, or from where an earlier walk failed, to its end.
 *
 * @throws StateFailure of the state that nothing caught; HistoryFull; whatever reason the signal was aborted for
 */
export async function walk(run: Run, frame: Frame, signal: AbortSignal): Promise<Json> {
  let [name, input] = [frame.position?.state ?? frame.scope.StartAt, frame.position?.input ?? frame.input];
  for (;;) {
    const state = frame.scope.States[name];
    if (state === undefined) throw new Error(`There is no state ${name}`);
    const position = enter(run, frame, state, { name, input, signal });
    const { next, output } = await visitState(run, frame, position, state, signal);
    forgetInner(position);
    frame.position = undefined;
    if (next === undefined) {
      frame.outcome = { output };
      return output;
    }
    [name, input] = [next, output];
  }
}

function visitState(
  run: Run,
  frame: Frame,
  position: Position,
  state: State,
  signal: AbortSignal,
): Promise<Transition> {
  // The compiler cannot see that the table's entry for a type takes states of that type.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const visit = VISITS[state.Type] as (visit: Visit) => Promise<Transition>;
  return visit(new Visit(run, frame, position, state, signal));
}

interface Entry {
  readonly name: string;
  readonly input: Json;
  readonly signal: AbortSignal;
}

/** A state that a redrive resumes was entered already; only a Fail state is entered again, to fail again. */
function enter(run: Run, frame: Frame, state: State, { name, input, signal }: Entry): Position {
  const known = frame.position;
  if (known !== undefined && state.Type !== 'Fail') {
    known.failed = false;
    return known;
  }
  signal.throwIfAborted();
  const eventBeforeEntry = frame.lastEventId;
  frame.lastEventId = run.history.record(`${state.Type}StateEntered`, eventBeforeEntry, {
    stateEnteredEventDetails: { name, ...inputOf(input) },
  });
  frame.position = {
    state: name,
    input,
    enteredAt: run.surroundings.clock.now(),
    enteredEventId: frame.lastEventId,
    eventBeforeEntry,
    inner: new Map(),
    mapRun: undefined,
    failed: false,
  };
  return frame.position;
}

/** After a redrive is announced, whatever goes on follows from the announcement. */
export function resumeFrom(frame: Frame, eventId: number): void {
  if (frame.outcome !== undefined) return;
  frame.lastEventId = eventId;
  for (const inner of frame.position?.inner.values() ?? []) resumeFrom(inner, eventId);
}
