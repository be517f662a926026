import type { Schedule } from './schedule.ts';

/** What a migration that nothing disturbs makes the state machines do. */
export interface Walks {
  /** Key ranges of a walk over the rows; 0 where no row is walked. */
  readonly shards: number;
  /** Times that the constraints and indexes are looked after; each lasts minutes. */
  readonly builds: number;
  /** Of the workers of the backfill, and of those of one comparison. */
  readonly copyInvocations: number;
  readonly passInvocations: number;
}

export interface Counted {
  /** States entered. */
  readonly transitions: number;
  readonly invocations: number;
  /** Comparisons of all rows. */
  readonly passes: number;
}

const none: Counted = { transitions: 0, invocations: 0, passes: 0 };
const states = (transitions: number, invocations: number): Counted => ({
  transitions,
  invocations,
  passes: 0,
});

// The states of the ASL files by phase, and how many of them invoke a function. test/engine/preview/transitions.test.ts holds
// them against the files.
const planned = states(3, 1);
const shapes = states(2, 2);
const backfill = states(3, 2);
const built = states(2, 1);
const builtLater = states(1, 0);
const askGate = states(1, 0);
const gate = states(5, 3);
const noContractGate = states(2, 1);
const readSwitch = states(2, 1);
const step = states(3, 1);
const confidence = states(2, 1);
const watch = states(1, 0);
const quarantine = states(2, 1);
const quarantineWindow = states(1, 0);
const ending = states(6, 5);
const comparing = states(1, 0);
const comparison = states(5, 2);

/** States entered and functions invoked, both billed one by one. */
export function countStates(
  { ramp, segments, gateAtReadSwitch, gateAtContract, quarantineSeconds }: Schedule,
  { shards, builds, copyInvocations, passInvocations }: Walks,
): Counted {
  const pass = sum([comparing, comparison, workers(shards, passInvocations), { ...none, passes: 1 }]);
  return sum([
    planned,
    shapes,
    backfill,
    workers(shards, copyInvocations),
    pass,
    times(builds, built),
    times(builds - 1, builtLater),
    askGate,
    gateAtReadSwitch ? gate : none,
    readSwitch,
    times(ramp.length, step),
    confidence,
    times(segments.length, sum([watch, pass])),
    askGate,
    gateAtContract ? gate : noContractGate,
    pass,
    quarantine,
    quarantineSeconds > 0 ? quarantineWindow : none,
    ending,
  ]);
}

/** Each invocation is asked whether it was the last of its shard. */
const workers = (shards: number, invocations: number): Counted =>
  states(2 * invocations + shards, invocations);

const times = (count: number, each: Counted): Counted => ({
  transitions: count * each.transitions,
  invocations: count * each.invocations,
  passes: count * each.passes,
});

const sum = (parts: readonly Counted[]): Counted =>
  parts.reduce(
    (all, each) => ({
      transitions: all.transitions + each.transitions,
      invocations: all.invocations + each.invocations,
      passes: all.passes + each.passes,
    }),
    none,
  );
