import { isDeepStrictEqual } from 'node:util';
import type { CloudCall, FaultRule } from '../../rehearsal/cloud/faults.ts';
import type { Arena } from './arena.ts';
import { callFaults, workerFaults } from './call-faults.ts';
import { CallWatch } from './calls.ts';
import type { CallCell, Cell } from './cell.ts';
import { eventsByName, type Afterwards, type EventCell } from './events.ts';
import type { Outcome } from './outcome.ts';
import { nameOf, pathOf } from './paths.ts';

/** A cell's fault, in force. */
export interface Injected {
  /** How many calls it has met. */
  met(): number;
  /** Of a fault of calls: must be asked of every call. */
  readonly rule?: FaultRule;
  /** Of an event: waits for it. */
  end?(): Promise<void>;
  /** How it must end, where the event alone knows. */
  must?(): Outcome | undefined;
  readonly afterwards?: Afterwards;
}

export const injected = (arena: Arena, cell: Cell): Injected =>
  cell.kind === 'call' ? faultOf(arena, cell) : eventOf(arena, cell);

/** The fault meets the first visit of its state, and the client's retries of that call where it lasts. */
function faultOf({ cloud }: Arena, { place, fault }: CallCell): Injected {
  const { lasts, kills, of } = { kills: false, ...{ ...callFaults, ...workerFaults }[fault] };
  let victim: string | undefined;
  const watch = new CallWatch();
  let first: CloudCall | undefined;
  let met = 0;
  const rule: FaultRule = (call) => {
    const at = watch.placeOf(call);
    if (call.caller !== undefined && call.caller === victim) {
      victim = undefined;
      cloud.lambda.kill(({ name }) => name === call.caller);
    }
    if (at === undefined || at.visit !== 1 || !isDeepStrictEqual({ ...at, visit: 1 }, { ...place, visit: 1 }))
      return undefined;
    if (first !== undefined && !(lasts && first.id !== undefined && first.id === call.id)) return undefined;
    first ??= call;
    met += 1;
    if (kills) victim = call.operation;
    return of(call);
  };
  return { met: () => met, rule };
}

/** It happens as its state is entered for the first time. */
function eventOf(arena: Arena, { path, state, event }: EventCell): Injected {
  const { happen, afterwards } = eventsByName[event];
  let happening: Promise<Outcome | void> | undefined;
  let must: Outcome | undefined;
  const end = arena.cloud.stepFunctions.onEvent(({ event: recorded }) => {
    if (recorded.stateEnteredEventDetails?.name === state)
      happening ??= begun(happen(arena, nameOf(pathOf(path))));
  });
  return {
    met: () => (happening === undefined ? 0 : 1),
    end: async () => {
      end();
      must = (await happening) ?? undefined;
    },
    must: () => must,
    ...(afterwards === undefined ? {} : { afterwards }),
  };
}

/** Awaited at the end; a failure must not become an unhandled rejection before that. */
function begun<T>(happening: Promise<T>): Promise<T> {
  happening.catch(() => undefined);
  return happening;
}
