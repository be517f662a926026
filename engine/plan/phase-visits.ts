import * as z from 'zod';
import { phaseNames } from './plan.ts';

export const phaseVisit = z.object({
  phase: z.enum([...phaseNames, 'plan', 'rollback', 'done']),
  enteredAt: z.string(),
  leftAt: z.string().nullable(),
});
/** A phase of the latest start: when it was entered, and left. */
export type PhaseVisit = Readonly<z.infer<typeof phaseVisit>>;

/** An event that says where a migration is. */
export interface PhaseEvent {
  readonly what: string;
  readonly at: string;
  readonly phase: string | null;
  readonly gate: string | null;
}

type VisitName = PhaseVisit['phase'];
const visitNames: ReadonlySet<string> = new Set<VisitName>([...phaseNames, 'plan', 'rollback', 'done']);
const isVisitName = (name: string | null): name is VisitName => name !== null && visitNames.has(name);

// Its gate opens the phase; the other one closes the window of confidence.
const phaseOfGate: Readonly<Record<string, VisitName>> = {
  'read-switch': 'read-switch',
  swap: 'swap',
  contract: 'confidence',
};

// By what an event is called; all others name their phase.
const phaseByEvent: Readonly<Record<string, (event: PhaseEvent) => string | null>> = {
  claimed: () => 'plan',
  fenced: () => 'rollback',
  evidence: ({ gate }) => phaseOfGate[gate ?? ''] ?? null,
  // The new side has taken over: the last act of the read switch.
  unit: () => 'confidence',
};

/**
 * The phases that a start went through, in order, from its events in order. The last one is not left yet, but for `done`,
 * which is a moment. A phase that is reported again while it lasts (every reconciliation enters confidence) is one visit.
 */
export function visitsOf(events: readonly PhaseEvent[]): PhaseVisit[] {
  const entered = events.flatMap((event) => {
    const place = (phaseByEvent[event.what] ?? (({ phase }) => phase))(event);
    return isVisitName(place) ? [{ place, at: event.at }] : [];
  });
  const changes = entered.filter(({ place }, at) => place !== entered[at - 1]?.place);
  return changes.map(({ place, at }, index) => ({
    phase: place,
    enteredAt: at,
    leftAt: changes[index + 1]?.at ?? (place === 'done' ? at : null),
  }));
}
