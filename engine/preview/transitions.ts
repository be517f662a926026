import { phaseNames } from '../plan/plan.ts';
import { machineOutlines } from './machine-outlines.ts';
import type { Outline, OutlinedState } from './outlines.ts';
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

export interface TransitionCount {
  /** States entered. */
  readonly transitions: number;
  readonly invocations: number;
  /** Comparisons of all rows. */
  readonly passes: number;
}

/** States entered and functions invoked, both billed one by one: by walking through the machines. */
export function countStates(schedule: Schedule, walks: Walks): TransitionCount {
  const walker = new Walker(wayOf(schedule, walks));
  walker.walk(machineOutlines.migration);
  const { transitions, invocations, passes } = walker;
  return { transitions, invocations, passes };
}

/** Which rule of a Choice applies, counted from 0; the default comes after the last. `nth`: how often it was asked before. */
type Answer = (nth: number) => number;

interface Way {
  readonly choices: Readonly<Record<string, Answer>>;
  /** How often each Map goes round. */
  readonly rounds: Readonly<Record<string, number>>;
  /** Within the gate before the contract, which may ask nobody. */
  readonly unasked: ReadonlySet<string>;
}

const yes: Answer = () => 0;
const no: Answer = () => 1;
const when = (condition: boolean): Answer => (condition ? yes : no);
/** No, as often as something goes on. */
const yesAfter =
  (times: number): Answer =>
  (nth) =>
    nth < times ? 1 : 0;

const wayOf = (schedule: Schedule, walks: Walks): Way => ({
  choices: {
    'Is its target known?': yes,
    'Is it claimed?': () => 2,
    'May it begin now?': no,
    ...Object.fromEntries(
      phaseNames.map((phase) => [`${frameOf(phase)} planned?`, when(schedule.phases.includes(phase))]),
    ),
    'Copy a shard: done?': yesAfter(walks.copyInvocations - walks.shards),
    'Compare a range: done?': yesAfter(walks.passInvocations - walks.shards),
    'Rows match?': yes,
    'Built?': yesAfter(walks.builds - 1),
    'Ask before the read switch?': when(schedule.gateAtReadSwitch),
    'May reads switch?': yes,
    Baked: when(schedule.follow === 'application'),
    'Does the application write both?': when(schedule.follow === 'application'),
    'Is it the truth?': yes,
    'Ask before the swap?': when(schedule.gateAtSwap),
    'May the names be exchanged?': yes,
    'Is anybody asked?': yes,
    'Is it enough?': yes,
    'May the old shape go?': yes,
    'Set aside?': yes,
    'Is there a quarantine?': when(schedule.quarantineSeconds > 0),
    'How did it end?': yes,
  },
  rounds: {
    'Copy the rows': walks.shards,
    'Compare the rows': walks.shards,
    'Switch reads': schedule.ramp.length,
    'Live with both shapes': schedule.segments.length,
  },
  unasked: new Set(schedule.gateAtContract ? [] : ['Gate: contract']),
});

const frameOf = (phase: string): string =>
  phase.charAt(0).toUpperCase() + phase.slice(1).replaceAll('-', ' ');

/** Enters the states of a machine one by one, nested ones too. */
class Walker {
  transitions = 0;
  invocations = 0;
  passes = 0;
  private asked = new Map<string, number>();
  private gateAsks = true;

  constructor(private readonly way: Way) {}

  walk({ startAt, states }: Outline): void {
    for (let at: string | undefined = startAt; at !== undefined;) {
      const state: OutlinedState | undefined = states[at];
      if (state === undefined) throw new Error(`there is no state ${at}`);
      this.transitions += 1;
      if (state.invokes === true) this.invocations += 1;
      if (state.starts !== undefined) this.start(at, state.starts);
      for (let round = 0; state.inner !== undefined && round < (this.way.rounds[at] ?? 1); round += 1)
        this.walk(state.inner);
      at = state.next.length > 1 ? state.next[this.rule(at)] : state.next[0];
    }
  }

  /** A nested execution knows nothing of the others. */
  private start(at: string, machine: 'verify' | 'gate'): void {
    const before = this.asked;
    this.asked = new Map();
    this.gateAsks = !this.way.unasked.has(at);
    if (machine === 'verify') this.passes += 1;
    this.walk(machineOutlines[machine]);
    this.asked = before;
  }

  private rule(choice: string): number {
    if (choice === 'Is anybody asked?' && !this.gateAsks) return 1;
    const answer = this.way.choices[choice];
    if (answer === undefined) throw new Error(`which way does "${choice}" go?`);
    const nth = this.asked.get(choice) ?? 0;
    this.asked.set(choice, nth + 1);
    return answer(nth);
  }
}
