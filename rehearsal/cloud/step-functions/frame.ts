import type { Scope } from './definition/states.ts';
import type { Json } from './json.ts';
import type { MapRun } from './map-run.ts';
import type { Variables } from './variables.ts';

/** Where a walk through a scope stands. It outlives a failure: a redrive goes on from here. */
export interface Position {
  readonly state: string;
  readonly input: Json;
  readonly enteredAt: number;
  readonly enteredEventId: number;
  /** The event before the state was entered, to which the service ties an evaluation failure. */
  readonly eventBeforeEntry: number;
  /** The branches of a Parallel or the iterations of an inline Map, by index. */
  readonly inner: Map<number, Frame>;
  /** The run of a distributed Map. */
  mapRun: MapRun | undefined;
  /** A Parallel or Map that is on record as failed. */
  failed: boolean;
}

/** One walk through a scope: the execution itself, a branch, or an iteration. */
export class Frame {
  readonly scope: Scope;
  readonly input: Json;
  readonly variables: Variables;
  /** The newest event of this walk, which the next one names as its predecessor. */
  lastEventId: number;
  /** The state being visited; undefined before the first and after the last. */
  position: Position | undefined;
  /** Set when the walk has reached its end. */
  outcome: { readonly output: Json } | undefined;

  constructor(scope: Scope, input: Json, variables: Variables, lastEventId: number) {
    this.scope = scope;
    this.input = input;
    this.variables = variables;
    this.lastEventId = lastEventId;
  }
}

/** The state begins anew or is left: what its branches held is gone. */
export function forgetInner(position: Position): void {
  for (const frame of position.inner.values()) {
    if (frame.position !== undefined) forgetInner(frame.position);
    frame.variables.discard();
  }
  position.inner.clear();
  position.mapRun = undefined;
}
