import { Aborted, StateFailure } from './failure.ts';
import type { Frame } from './frame.ts';
import type { Json } from './json.ts';
import type { Visit } from './visit.ts';
import { recordAbandoned } from './abandoned.ts';

export interface FanOut {
  readonly count: number;
  /** How many walk at once. */
  readonly concurrency: number;
  /** Makes the frame of one branch; `previousEventId` is what came before it. */
  readonly frame: (index: number, previousEventId: number) => Frame | Promise<Frame>;
  /** On record when a branch is done; tells the newest event. */
  readonly succeeded?: (index: number, lastEventId: number) => number;
  /** On record when a branch failed, or was given up because another did. */
  readonly failed?: (index: number, lastEventId: number) => void;
  readonly aborted?: (index: number, lastEventId: number) => void;
}

/**
 * Walks branches side by side and gives their outputs in order. The first failure ends the others: their states are
 * aborted, while a Lambda function that one of them invoked runs on.
 *
 * @throws StateFailure the first branch's that failed
 */
export async function fanOut(visit: Visit, plan: FanOut): Promise<readonly Json[]> {
  const outputs: Json[] = [];
  const siblings = new AbortController();
  const signal = AbortSignal.any([visit.signal, siblings.signal]);
  const failures: { readonly index: number; readonly failure: unknown }[] = [];
  const began = visit.frame.lastEventId;
  let next = 0;

  const lane = async (): Promise<void> => {
    let previousEventId = began;
    while (next < plan.count && !signal.aborted) {
      const index = next++;
      const done = visit.position.inner.get(index)?.outcome;
      if (done !== undefined) {
        outputs[index] = done.output;
        continue;
      }
      try {
        const frame = visit.position.inner.get(index) ?? (await plan.frame(index, previousEventId));
        visit.position.inner.set(index, frame);
        outputs[index] = await visit.run.walk(visit.run, frame, signal);
        previousEventId = frame.lastEventId;
        visit.frame.lastEventId = plan.succeeded?.(index, frame.lastEventId) ?? frame.lastEventId;
      } catch (failure) {
        failures.push({ index, failure });
        siblings.abort(new Aborted('A sibling failed'));
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(plan.concurrency, plan.count) }, lane));

  const first = failures[0];
  if (first === undefined) return outputs;
  if (first.failure instanceof StateFailure) concede(visit, plan, first.index);
  throw first.failure;
}

/** Puts on record who failed and who was given up, all tied to the event that failed. */
function concede(visit: Visit, plan: FanOut, failedIndex: number): void {
  const { inner } = visit.position;
  const lastEventId = inner.get(failedIndex)?.lastEventId ?? visit.frame.lastEventId;
  visit.frame.lastEventId = lastEventId;
  const others = [...inner.keys()].filter(
    (index) => index !== failedIndex && inner.get(index)?.outcome === undefined,
  );
  for (const index of [failedIndex, ...others.toSorted((a, b) => a - b)]) {
    (index === failedIndex ? plan.failed : plan.aborted)?.(index, lastEventId);
    const frame = inner.get(index);
    if (frame !== undefined) recordAbandoned(visit, frame, lastEventId);
  }
}
