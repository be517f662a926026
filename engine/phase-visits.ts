import type { PhaseVisit } from './description.ts';
import { phaseNames } from './plan.ts';

/** An event that says where a migration went: `phase` is null for a claim and for a fence. */
export interface PhaseEvent {
  readonly what: string;
  readonly at: string;
  readonly phase: string | null;
}

type Place = PhaseVisit['phase'];
const places: ReadonlySet<string> = new Set<Place>([...phaseNames, 'plan', 'rollback', 'done']);
const isPlace = (name: string): name is Place => places.has(name);

/**
 * The phases that a start went through, in order, from its events in order. The last one is not left yet, but for `done`,
 * which is a moment. A phase that is entered again while it lasts (every reconciliation enters confidence) is one visit.
 */
export function visitsOf(events: readonly PhaseEvent[]): readonly PhaseVisit[] {
  const entered = events.flatMap(({ what, at, phase }) => {
    const place = what === 'claimed' ? 'plan' : what === 'fenced' ? 'rollback' : (phase ?? '');
    return isPlace(place) ? [{ place, at }] : [];
  });
  const changes = entered.filter(({ place }, at) => place !== entered[at - 1]?.place);
  return changes.map(({ place, at }, index) => ({
    phase: place,
    enteredAt: at,
    leftAt: changes[index + 1]?.at ?? (place === 'done' ? at : null),
  }));
}
