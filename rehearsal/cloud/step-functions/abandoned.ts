import type { HistoryEventType } from '@aws-sdk/client-sfn';
import type { State } from './definition/states.ts';
import type { Frame } from './frame.ts';
import type { Visit } from './visit.ts';

/** States that take no time have nothing to abort; a Map or Parallel that failed by itself has said so already. */
const ABORTED: { readonly [type in State['Type']]?: HistoryEventType } = {
  Task: 'TaskStateAborted',
  Wait: 'WaitStateAborted',
  Parallel: 'ParallelStateAborted',
  Map: 'MapStateAborted',
};

/** Records that a branch was given up in the middle of a state, innermost first. */
export function recordAbandoned(visit: Visit, { position, scope }: Frame, lastEventId: number): void {
  const state = position === undefined ? undefined : scope.States[position.state];
  if (position === undefined || state === undefined || position.failed) return;
  for (const [index, inner] of position.inner) {
    if (inner.outcome !== undefined) continue;
    if (state.Type === 'Map') {
      const iteration = { index, name: position.state };
      visit.recordAside('MapIterationAborted', lastEventId, { mapIterationAbortedEventDetails: iteration });
    }
    recordAbandoned(visit, inner, lastEventId);
  }
  if (position.mapRun?.status === 'ABORTED') visit.recordAside('MapRunAborted', lastEventId);
  const type = ABORTED[state.Type];
  if (type !== undefined) visit.recordAside(type, lastEventId);
}
