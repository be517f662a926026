import type { MapState } from '../definition/states.ts';
import { fanOut } from '../fan-out.ts';
import { Frame } from '../frame.ts';
import type { Json } from '../json.ts';
import { INLINE_MAP_CONCURRENCY, refuseOversized } from '../limits.ts';
import { whole } from '../numbers.ts';
import { Variables } from '../variables.ts';
import type { Visit } from '../visit.ts';

/** The iterations of an inline Map, inside this execution and its history. */
export async function runIterations(
  visit: Visit<MapState>,
  items: readonly Json[],
): Promise<readonly Json[]> {
  const asked = await whole(visit, 'MaxConcurrency', visit.state.MaxConcurrency ?? 0, { min: 0 });
  const resumes = visit.position.inner.size > 0;
  if (!resumes) visit.record('MapStateStarted', { mapStateStartedEventDetails: { length: items.length } });
  const iteration = (index: number) => ({ index, name: visit.name });
  return await fanOut(visit, {
    count: items.length,
    concurrency: Math.min(asked === 0 ? INLINE_MAP_CONCURRENCY : asked, INLINE_MAP_CONCURRENCY),
    frame: async (index, previousEventId) => {
      const mapIterationStartedEventDetails = iteration(index);
      const started = visit.recordAside('MapIterationStarted', previousEventId, {
        mapIterationStartedEventDetails,
      });
      const input = await selectItem(visit, items, index);
      return new Frame(visit.state.ItemProcessor, input, new Variables(visit.frame.variables), started);
    },
    succeeded: (index, lastEventId) => {
      visit.position.inner.get(index)?.variables.discard();
      const mapIterationSucceededEventDetails = iteration(index);
      return visit.recordAside('MapIterationSucceeded', lastEventId, { mapIterationSucceededEventDetails });
    },
    failed: (index, lastEventId) => {
      const mapIterationFailedEventDetails = iteration(index);
      visit.recordAside('MapIterationFailed', lastEventId, { mapIterationFailedEventDetails });
    },
    aborted: (index, lastEventId) => {
      const mapIterationAbortedEventDetails = iteration(index);
      visit.recordAside('MapIterationAborted', lastEventId, { mapIterationAbortedEventDetails });
    },
  });
}

/** What ItemSelector makes of an item; only there does the context tell which one it is. */
export async function selectItem(
  visit: Visit<MapState>,
  items: readonly Json[],
  index: number,
): Promise<Json> {
  const { ItemSelector } = visit.state;
  const value = items[index] ?? null;
  if (ItemSelector === undefined) return value;
  const selected = await visit.evaluate(ItemSelector, 'ItemSelector', { item: { index, value } });
  refuseOversized(selected, visit.name);
  return selected;
}
