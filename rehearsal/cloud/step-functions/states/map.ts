import { attempts } from '../attempts.ts';
import { isDistributed, type MapState } from '../definition/states.ts';
import { unexpectedType } from '../expressions.ts';
import { QueryEvaluationFailure } from '../failure.ts';
import { isJsonArray, type Json } from '../json.ts';
import { refuseOversized } from '../limits.ts';
import { leave, type Transition } from '../transition.ts';
import type { Visit } from '../visit.ts';
import { runChildren } from './map-distributed.ts';
import { runIterations } from './map-inline.ts';

export async function visitMap(visit: Visit<MapState>): Promise<Transition> {
  return await attempts(
    visit,
    () => mapOver(visit),
    () => {
      visit.record('MapStateFailed');
      visit.position.failed = true;
    },
  );
}

async function mapOver(visit: Visit<MapState>): Promise<Transition> {
  const items = await itemsOf(visit);
  const { result, after } = isDistributed(visit.state)
    ? await runChildren(visit, items)
    : { result: await runIterations(visit, items), after: visit.frame.lastEventId };
  refuseOversized(result, visit.name);
  visit.recordAside('MapStateSucceeded', after);
  const { Next, Output, Assign } = visit.state;
  return await leave(visit, {
    next: Next,
    Output,
    Assign,
    otherwise: result,
    scope: { result },
  });
}

async function itemsOf(visit: Visit<MapState>): Promise<readonly Json[]> {
  const { Items } = visit.state;
  const items = Items === undefined ? visit.input : await visit.evaluate(Items, 'Items');
  if (isJsonArray(items)) return items;
  return await visit.checked(() => {
    if (Items !== undefined) return unexpectedType('Items', Items, items, 'array', visit.preamble);
    throw new QueryEvaluationFailure(
      undefined,
      `${visit.preamble}Map state input must be an array but was: ${JSON.stringify(items)}`,
    );
  });
}
