import { eventNames, type EventCell, type EventName } from './events.ts';

/** Where a database's event happens: in DDL, in the copy, in a comparison, and at the end. */
const moments: readonly Moment[] = [
  { path: 'drop-not-null', state: 'Add the new shape' },
  { path: 'set-not-null', state: 'Copy a shard' },
  { path: 'set-not-null', state: 'Compare a range' },
  { path: 'set-not-null', state: 'Close the migration' },
];
/** And where the truth moves, of an application that writes both sides. */
const withTruth: readonly Moment[] = [
  ...moments,
  { path: 'rename-column, both sides written', state: 'New side is the truth' },
];

const gates: readonly Moment[] = [{ path: 'drop-column', state: 'Wait for a decision' }];
const steered: readonly Moment[] = [{ path: 'set-not-null', state: 'Copy a shard' }];

interface Moment {
  readonly path: string;
  readonly state: string;
}

const when: Readonly<Record<EventName, readonly Moment[]>> = {
  'kill -9': withTruth,
  restart: withTruth,
  'two minutes away': moments,
  failover: withTruth,
  'read-only': withTruth,
  resume: withTruth,
  'rotated secret': withTruth,
  'out of connections': withTruth,
  'disk full': withTruth,
  'three started': [
    { path: 'drop-not-null', state: 'Add the new shape' },
    { path: 'set-not-null', state: 'Copy a shard' },
  ],
  // Once it is all done, a start is told so.
  'stopped, started again': moments.filter(({ state }) => state !== 'Close the migration'),
  'stopped, redriven': moments,
  "somebody else's deployment": [{ path: 'rename-column', state: 'Move reads' }],
  'two approve': gates,
  'approve against reject': gates,
  'alarm flapping': [
    { path: 'set-not-null', state: 'Copy a shard' },
    { path: 'drop-column', state: 'Wait for a decision' },
    { path: 'rename-column', state: 'Move reads' },
  ],
  'paused, answers lost': steered,
  'paused, throttled': steered,
  'aborted, answers lost': steered,
};

export const eventCells: readonly EventCell[] = eventNames.flatMap((event) =>
  when[event].map(({ path, state }): EventCell => ({
    kind: 'event',
    id: `${path} | ${state} | ${event}`,
    path,
    state,
    event,
    must: 'completed',
  })),
);
