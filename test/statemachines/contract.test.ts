import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { facts } from '../../engine/notices/notices.ts';
import { phaseNames } from '../../engine/plan/plan.ts';
import { forPeople, taskNames } from '../../infra/constructs/tasks.ts';
import {
  machineFiles,
  machineText,
  outlinesFile,
  outlinesText,
  pictureFile,
  pictureText,
} from '../../statemachines/write-machines.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

const caught = z
  .array(
    z.looseObject({
      ErrorEquals: z.array(z.string()),
      Next: z.string().optional(),
      MaxAttempts: z.number().optional(),
    }),
  )
  .default([]);
const state = z.looseObject({
  Type: z.string(),
  Resource: z.string().optional(),
  Arguments: z.unknown().optional(),
  Next: z.string().optional(),
  Default: z.string().optional(),
  Choices: z.array(z.looseObject({ Next: z.string() })).default([]),
  Catch: caught,
  Retry: caught,
  get ItemProcessor(): z.ZodOptional<typeof machine> {
    return machine.optional();
  },
  get Branches(): z.ZodDefault<z.ZodArray<typeof machine>> {
    return z.array(machine).default([]);
  },
});
const machine = z.looseObject({ StartAt: z.string(), States: z.record(z.string(), state) });
type State = z.infer<typeof state>;

const machines = new Map(
  machineFiles.map((name) => [
    `${name}.asl.json`,
    machine.parse(JSON.parse(read(`statemachines/${name}.asl.json`))),
  ]),
);

const within = (states: Readonly<Record<string, State>>): readonly (readonly [string, State])[] =>
  Object.entries(states).flatMap(([name, each]) => [
    [name, each] as const,
    ...[...(each.ItemProcessor ? [each.ItemProcessor] : []), ...each.Branches].flatMap(({ States }) =>
      within(States),
    ),
  ]);
const all = [...machines].flatMap(([file, { States }]) =>
  within(States).map(([name, each]) => ({ file, name, state: each })),
);

const functionCall = z.object({
  FunctionName: z.string(),
  Payload: z.union([z.string(), z.looseObject({ phase: z.string().optional() })]),
});
const called = (each: State) => functionCall.safeParse(each.Arguments).data;
const phaseOf = (each: State): readonly string[] => {
  const payload = called(each)?.Payload;
  return typeof payload === 'object' && payload.phase !== undefined ? [payload.phase] : [];
};
const kebab = (name: string): string => name.replaceAll(/(?<=[a-z])(?=[A-Z])/gu, '-').toLowerCase();

describe('tasks and files', () => {
  const named = new Set(all.flatMap(({ state: each }) => called(each)?.FunctionName ?? []));
  const files = readdirSync(new URL('lambdas/', root)).filter((file) => file.endsWith('.ts'));

  test('every function that a state calls is a substitution with a file of its name', () => {
    expect([...named].filter((name) => !/^\$\{[A-Z]\w+\}$/u.test(name))).toEqual([]);
    const byPeople = taskNames.filter(forPeople).map((name) => `${kebab(name)}.ts`);
    const byMachines = [...named].map((name) => `${kebab(name.slice(2, -1))}.ts`);
    expect([...byMachines, ...byPeople].toSorted()).toEqual(files.toSorted());
  });

  test('every Lambda task names its function and goes by lambda:invoke', () => {
    const tasks = all.filter(({ state: { Resource } }) => Resource?.includes('lambda') === true);
    expect(tasks.filter(({ state: each }) => called(each) === undefined)).toEqual([]);
    expect(new Set(tasks.map(({ state: { Resource } }) => Resource))).toEqual(
      new Set(['arn:aws:states:::lambda:invoke']),
    );
  });

  test('every phase that a task names is a phase, and each with statements is applied somewhere', () => {
    const phases = all.flatMap(({ state: each }) =>
      called(each)?.FunctionName === '${ApplyPhase}' ? phaseOf(each) : [],
    );
    // Where the application writes both sides, a state of its own moves the truth.
    expect([...new Set(phases)]).toEqual(
      phaseNames.filter((phase) => phase !== 'backfill' && phase !== 'confidence'),
    );
  });
});

const retried = ({ Retry }: State) => Retry.flatMap(({ ErrorEquals }) => ErrorEquals);

describe('errors', () => {
  const answer = z.object({ TaskToken: z.string(), Error: z.string() });
  const ours = new Set([
    ...[...read('engine/database/errors.ts').matchAll(/override readonly name = '(\w+)'/gu)].map(
      ([, name]) => name,
    ),
    // By which a machine fails somebody's hold.
    ...all.flatMap(({ state: each }) => answer.safeParse(each.Arguments).data?.Error ?? []),
  ]);
  // What AWS itself raises, by family; anything else must be a name of ours.
  const theirs = /^(?:States|Lambda|Sfn|DynamoDb|StepFunctions|Runtime|Sandbox)\.\w+$/u;

  test('every name that is retried or caught is raised by somebody', () => {
    expect(ours.size).toBeGreaterThan(8);
    const unknown = all.flatMap(({ file, name, state: { Catch, Retry } }) =>
      [...Catch, ...Retry]
        .flatMap(({ ErrorEquals }) => ErrorEquals)
        .filter((error) => !theirs.test(error) && !ours.has(error))
        .map((error) => `${file} ${name}: ${error}`),
    );
    expect(unknown).toEqual([]);
  });

  test.each([
    'Aborted',
    'OrderRefused',
    'InvalidSpec',
    'PreflightFailed',
    'GuardrailBreached',
    'VerificationFailed',
    'ComparisonOvertaken',
    'Fenced',
    'UndoFailed',
    'RowRefused',
    'GateRejected',
    'DynamoDb.ConditionalCheckFailedException',
    'Sfn.TaskDoesNotExistException',
  ])('%s is never retried', (error) => {
    const again = all.filter(({ state: { Retry } }) => {
      const rule = Retry.find(
        ({ ErrorEquals }) => ErrorEquals.includes(error) || ErrorEquals.includes('States.TaskFailed'),
      );
      return rule !== undefined && rule.MaxAttempts !== 0;
    });
    expect(again).toEqual([]);
  });

  test('every task on the database retries errors that are named transient', () => {
    const tasks = all.filter(
      ({ state: each }) =>
        called(each) && !['${SwitchReadsBack}', '${NotifyPeople}'].includes(called(each)?.FunctionName ?? ''),
    );
    for (const { state: each } of tasks)
      expect(retried(each)).toEqual(expect.arrayContaining(['LockNotAcquired', 'TransientDatabaseError']));
  });

  test("every function that moves the schema forward or back repeats an error of the database's own a few times", () => {
    const repeating = all.filter(({ state: each }) => retried(each).includes('InternalDatabaseError'));
    const names = new Set(repeating.map(({ state: each }) => called(each)?.FunctionName));
    for (const task of ['PlanMigration', 'ApplyPhase', 'UndoPhase', 'FenceWorkers', 'CollectEvidence'])
      expect(names).toContain(`\${${task}}`);
    const rules = repeating.flatMap(({ state: { Retry } }) =>
      Retry.filter(({ ErrorEquals }) => ErrorEquals.includes('InternalDatabaseError')),
    );
    expect(new Set(rules.map(({ MaxAttempts }) => MaxAttempts))).toEqual(new Set([5]));
  });

  test('every state that calls a service rides out a call that was not answered, throttled, or met a fault', () => {
    const family: Readonly<Record<string, string>> = {
      lambda: 'Lambda',
      states: 'StepFunctions',
      dynamodb: 'DynamoDb',
      sfn: 'Sfn',
    };
    for (const { name, state: each } of all) {
      if (each.Resource === undefined) continue;
      const service = /^arn:aws:states:::(?:aws-sdk:)?(\w+):/u.exec(each.Resource)?.[1] ?? '';
      const names = retried(each);
      const hiccups = [`${family[service]}.SdkClientException`, 'States.TaskFailed'];
      expect([name, names.some((error) => hiccups.includes(error))]).toEqual([name, true]);
    }
  });

  test('a call that nobody answered within its time is made again, and a hold whose time is up is not', () => {
    const isAsked = ({ state: { Resource } }: (typeof all)[number]) => Resource !== undefined;
    const timed = all.filter((each) => isAsked(each) && each.state.TimeoutSeconds !== undefined);
    const isHold = ({ state: { Resource } }: (typeof all)[number]) =>
      Resource?.endsWith('.waitForTaskToken') === true;
    expect(timed.filter(isHold).length).toBeGreaterThan(5);
    for (const each of timed)
      expect([each.name, retried(each.state).includes('States.Timeout')]).toEqual([each.name, !isHold(each)]);
  });

  test('a nested execution that has failed for a reason of its own is not started once more', () => {
    const nested = all.filter(({ state: { Resource } }) => Resource?.includes('startExecution') === true);
    expect(nested.length).toBeGreaterThan(0);
    for (const { state: each } of nested) expect(retried(each)).not.toContain('States.TaskFailed');
  });

  const policy = z.object({
    IntervalSeconds: z.number(),
    BackoffRate: z.number(),
    MaxDelaySeconds: z.number(),
    MaxAttempts: z.number(),
    JitterStrategy: z.literal('FULL'),
  });
  /** How long a database may be away: full jitter waits half of each delay on the average. */
  const minutesWithoutDatabase = (each: State): number => {
    const retry = policy.parse(
      each.Retry.find(({ ErrorEquals }) => ErrorEquals.includes('TransientDatabaseError')),
    );
    let seconds = 0;
    for (let n = 0; n < retry.MaxAttempts; n += 1)
      seconds += Math.min(retry.IntervalSeconds * retry.BackoffRate ** n, retry.MaxDelaySeconds) / 2;
    return seconds / 60;
  };

  test('a database may be away for 30 to 60 minutes on the way forward, for hours on the way back', () => {
    const back = ['${SwitchReadsBack}', '${FenceWorkers}', '${UndoPhase}'];
    const forward = [
      '${ApplyPhase}',
      '${CutShards}',
      '${BackfillShard}',
      '${VerifyShard}',
      '${SetReadShare}',
    ];
    const tasks = (names: readonly string[]) =>
      all.filter(({ state: each }) => names.includes(called(each)?.FunctionName ?? ''));
    expect(tasks(forward).length).toBeGreaterThan(8);
    for (const { name, state: each } of tasks(forward)) {
      expect(minutesWithoutDatabase(each), name).toBeGreaterThan(30);
      expect(minutesWithoutDatabase(each), name).toBeLessThan(60);
    }
    for (const { name, state: each } of tasks(back))
      expect(minutesWithoutDatabase(each), name).toBeGreaterThan(180);
  });
});

test('the picture in the docs is of these machines: npm run machines', async () => {
  expect(read(`statemachines/${pictureFile}`)).toBe(await pictureText());
});

test('the outlines that an estimate counts by are those of the machines: npm run machines', async () => {
  expect(read(`statemachines/${outlinesFile}`)).toBe(await outlinesText());
});

test.each(machineFiles)('%s.asl.json is what its YAML says: npm run machines', async (name) => {
  expect(read(`statemachines/${name}.asl.json`)).toBe(await machineText(name));
});

describe('what people are notified of', () => {
  const notice = z.looseObject({ about: z.string() });
  const stated = all.flatMap(({ name, state: each }) => {
    const payload = notice.safeParse(called(each)?.Payload).data;
    return called(each)?.FunctionName === '${NotifyPeople}' && payload ? [{ name, payload }] : [];
  });
  // One state tells every end, and gives what any of them needs.
  const endings = ['completed', 'rolled-back', 'needs-a-person', 'did-not-start'];
  const told = stated.filter(({ payload }) => payload.about !== '{% $ending %}');

  test.each(told.map(({ name, payload }) => [name, payload] as const))(
    '"%s" gives the facts that its notice is composed of, and no other',
    (_, payload) => {
      const known = facts.options.find(({ shape }) => shape.about.value === payload.about);
      expect(Object.keys(payload).toSorted()).toEqual(Object.keys(known?.shape ?? {}).toSorted());
    },
  );

  test('every end is announced by one state, which gives the facts of each', () => {
    const ends = stated.filter(({ payload }) => payload.about === '{% $ending %}');
    const needed = facts.options
      .filter(({ shape }) => endings.includes(shape.about.value))
      .flatMap(({ shape }) => Object.keys(shape));
    expect(ends.map(({ payload }) => Object.keys(payload).toSorted())).toEqual([
      [...new Set(needed)].toSorted(),
    ]);
  });

  test('each notice is sent by a state, but for those of people who steer', () => {
    const abouts = facts.options.map(({ shape }) => shape.about.value).filter((about) => about !== 'ordered');
    expect(new Set([...told.map(({ payload }) => payload.about), ...endings])).toEqual(new Set(abouts));
  });
});

describe('a migration that is paused, or outside of its change window', () => {
  const retriers = all.flatMap(({ name, state: each }) =>
    each.Retry.flatMap((rule, at) => (rule.ErrorEquals.includes('NotNow') ? [{ name, rule, at }] : [])),
  );
  const rule = z.object({
    IntervalSeconds: z.number(),
    BackoffRate: z.number(),
    MaxDelaySeconds: z.number(),
    MaxAttempts: z.number(),
  });

  test('waits before every step forward, and before no step back', () => {
    const steps = all.filter(({ state: each }) =>
      [
        '${ApplyPhase}',
        '${CutShards}',
        '${BackfillShard}',
        '${VerifyShard}',
        '${SweepStubbornRows}',
        '${SetReadShare}',
      ].includes(called(each)?.FunctionName ?? ''),
    );
    expect(retriers.map(({ name }) => name)).toEqual(steps.map(({ name }) => name));
    // Only what ends a migration comes before it.
    for (const { at, name } of retriers) expect(at, name).toBe(1);
  });

  test('may wait for two weeks and is looked at within 15 minutes, for a fifth of the history of one execution', () => {
    for (const each of retriers) {
      const { IntervalSeconds, BackoffRate, MaxDelaySeconds, MaxAttempts } = rule.parse(each.rule);
      let [seconds, delay] = [0, IntervalSeconds];
      for (let n = 0; n < MaxAttempts; n += 1) {
        seconds += Math.min(delay, MaxDelaySeconds);
        delay *= BackoffRate;
      }
      expect(seconds / 86_400).toBeGreaterThan(14);
      expect(MaxDelaySeconds).toBe(900);
      // TaskScheduled, TaskStarted, TaskFailed; an execution has 25,000 events.
      expect(MaxAttempts * 3).toBeLessThan(5000);
    }
  });
});

const nextOf = (each: State): readonly string[] => [
  ...(each.Next === undefined ? [] : [each.Next]),
  ...(each.Default === undefined ? [] : [each.Default]),
  ...each.Choices.map(({ Next }) => Next),
  ...each.Catch.flatMap(({ Next }) => Next ?? []),
];

/** A machine and every scope inside of it. */
const scopes = (name: string, { StartAt, States }: z.infer<typeof machine>): readonly Scope[] => [
  { name, StartAt, States },
  ...Object.entries(States).flatMap(([at, each]) =>
    [...(each.ItemProcessor ? [each.ItemProcessor] : []), ...each.Branches].flatMap((inner) =>
      scopes(`${name}: ${at}`, inner),
    ),
  ),
];
type Scope = z.infer<typeof machine> & { readonly name: string };

test.each(
  [...machines].flatMap(([file, each]) => scopes(file, each)).map((scope) => [scope.name, scope] as const),
)('every state of %s can be reached', (_, { StartAt, States }) => {
  const reached = new Set<string>([StartAt]);
  for (const name of reached) {
    const each = States[name];
    for (const next of each ? nextOf(each) : []) reached.add(next);
  }
  expect([...reached].toSorted()).toEqual(Object.keys(States).toSorted());
});

test('no machine has a name twice', () => {
  for (const [file, { States }] of machines) {
    const names = within(States).map(([name]) => name);
    expect([file, names.filter((name, at) => names.indexOf(name) !== at)]).toEqual([file, []]);
  }
});
