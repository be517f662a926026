import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { Schedule } from '../../../engine/preview/schedule.ts';
import { countStates, type Walks } from '../../../engine/preview/transitions.ts';

interface State {
  readonly Type: string;
  readonly Resource?: string | undefined;
  readonly Next?: string | undefined;
  readonly ItemProcessor?: Machine | undefined;
}
interface Machine {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}
const machine: z.ZodType<Machine> = z.lazy(() =>
  z.object({
    StartAt: z.string(),
    States: z.record(
      z.string(),
      z.object({
        Type: z.string(),
        Resource: z.string().optional(),
        Next: z.string().optional(),
        ItemProcessor: machine.optional(),
      }),
    ),
  }),
);
const read = (name: string): Machine =>
  machine.parse(
    JSON.parse(readFileSync(new URL(`../../../statemachines/${name}.asl.json`, import.meta.url), 'utf8')),
  );
const machines = { migration: read('migration'), verify: read('verify') };

/** Where a migration goes that nothing disturbs, and how often each Map goes round. */
interface Way {
  readonly choices: Readonly<Record<string, readonly string[]>>;
  readonly rounds: Readonly<Record<string, number>>;
}

/** Enters the states of a machine one by one, nested ones too. */
class Walker {
  transitions = 0;
  invocations = 0;
  private readonly taken = new Map<string, number>();

  constructor(private readonly way: Way) {}

  walk({ StartAt, States }: Machine): void {
    for (let at: string | undefined = StartAt; at !== undefined;) {
      const state: State | undefined = States[at];
      if (state === undefined) throw new Error(`there is no state ${at}`);
      this.transitions += 1;
      if (state.Resource?.endsWith('lambda:invoke')) this.invocations += 1;
      if (state.Resource?.includes('startExecution.sync')) this.walk(machines.verify);
      if (state.ItemProcessor)
        for (let round = 0; round < this.roundsOf(at); round++) this.walk(state.ItemProcessor);
      at = state.Type === 'Choice' ? this.chosen(at) : state.Next;
    }
  }

  private roundsOf(map: string): number {
    const rounds = this.way.rounds[map];
    if (rounds === undefined) throw new Error(`say in this test how often the Map "${map}" goes round`);
    return rounds;
  }

  /** The last answer is given again and again. */
  private chosen(choice: string): string {
    const answers = this.way.choices[choice];
    const nth = this.taken.get(choice) ?? 0;
    this.taken.set(choice, nth + 1);
    const answer = answers?.[Math.min(nth, answers.length - 1)];
    if (answer === undefined) throw new Error(`say in this test which way the Choice "${choice}" goes`);
    return answer;
  }
}

const wayOf = (schedule: Schedule, { shards, builds }: Walks): Way => ({
  choices: {
    'Has another execution got it?': ['May it begin now?'],
    'May it begin now?': ['Expand the schema'],
    'Backfill a shard: done?': ['Backfill a shard: finished'],
    'Compare a range: done?': ['Compare a range: finished'],
    'Rows match?': ['Clean'],
    'Built?': [...Array<string>(builds - 1).fill('Let it build'), 'Ask before the read switch?'],
    'Ask before the read switch?': [
      schedule.gateAtReadSwitch ? 'Collect evidence: read-switch' : 'Switch reads',
    ],
    'Gate open: read-switch?': ['Switch reads'],
    'Ask before the contract?': [
      schedule.gateAtContract ? 'Collect evidence: contract' : 'Collect evidence without a gate',
    ],
    'Is the evidence complete?': ['Verify once more'],
    'Gate open: contract?': ['Verify once more'],
    'Is there a quarantine?': [schedule.quarantineSeconds > 0 ? 'Quarantine' : 'Contract'],
  },
  rounds: {
    Backfill: shards,
    'Compare the rows': shards,
    'Switch reads': schedule.ramp.length,
    'Live with both shapes': schedule.segments.length,
  },
});

const usual: Schedule = {
  goal: 'g',
  workers: 2,
  ramp: [1, 5, 25, 100],
  bakeSeconds: 600,
  segments: Array.from({ length: 72 }, (_, at) => ({ segment: at + 1, seconds: 3600 })),
  quarantineSeconds: 604_800,
  gateAtReadSwitch: true,
  gateAtContract: true,
  gateDeadlineSeconds: 604_800,
};

describe('the states that are counted for the bill are those of the state machines', () => {
  test.each<readonly [string, Partial<Schedule>, number, number]>([
    ['as usual', {}, 8, 1],
    ['without gates', { gateAtReadSwitch: false, gateAtContract: false }, 8, 1],
    ['without a ramp and a quarantine', { ramp: [], quarantineSeconds: 0 }, 1, 1],
    ['without rows to walk', {}, 0, 1],
    ['with an index that builds for long', {}, 4, 3],
  ])('%s', (_, differs, shards, builds) => {
    const schedule = { ...usual, ...differs };
    const walks = { shards, builds, copyInvocations: shards, passInvocations: shards };
    const walker = new Walker(wayOf(schedule, walks));
    walker.walk(machines.migration);
    const { transitions, invocations, passes } = countStates(schedule, walks);
    expect({ transitions, invocations }).toEqual({
      transitions: walker.transitions,
      invocations: walker.invocations,
    });
    expect(passes).toBe(schedule.segments.length + 2);
  });
});
