import { SendTaskFailureCommand, SendTaskSuccessCommand } from '@aws-sdk/client-sfn';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import * as z from 'zod';
import { phaseNames, type PhaseName } from '../../engine/plan/plan.ts';
import type { Schedule } from '../../engine/preview/schedule.ts';
import type { Faults } from '../../rehearsal/cloud/faults.ts';
import type { Clock } from '../../rehearsal/cloud/step-functions/step-functions.ts';
import { holdsTable } from '../../rehearsal/deployment/holds.ts';
import { taskNames } from '../../infra/constructs/tasks.ts';
import type { GoesBack } from '../../lambdas/steps/half-done.ts';
import {
  functionFails,
  stage,
  type Behaviour,
  type Ended,
  type Stage,
} from '../rehearsal/cloud/step-functions/stage.ts';

const definition = z.record(z.string(), z.unknown());
const arn = (kind: string, name: string): string => `arn:aws:${kind}:us-east-1:123456789012:${name}`;
const substitutions: Readonly<Record<string, string>> = {
  HoldsTable: holdsTable,
  Targets: 'shop',
  VerifyMachine: arn('states', 'stateMachine:verify'),
  GateMachine: arn('states', 'stateMachine:gate'),
  ...Object.fromEntries(taskNames.map((task) => [task, arn('lambda', `function:${task}`)])),
};

/** A shipped machine, its functions by their plain names. */
export const shipped = (name: string): z.infer<typeof definition> =>
  definition.parse(
    JSON.parse(
      readFileSync(`statemachines/${name}.asl.json`, 'utf8').replaceAll(
        /\$\{(\w+)\}/gu,
        (_, key: string) => substitutions[key] ?? key,
      ),
    ),
  );

/** A second is ten milliseconds: windows end soon, and a function still has its 16 minutes, 10 seconds long. */
class HastyClock implements Clock {
  readonly #began = Date.now();
  readonly #days: number;

  constructor(days: number) {
    this.#days = days;
  }

  now = (): number => this.#began + (Date.now() - this.#began) * 100 + this.#days * 86_400_000;
  sleep = (ms: number, signal: AbortSignal): Promise<void> => sleep(ms / 100, undefined, { signal });
}

export const usualSchedule: Schedule = {
  goal: 'a test',
  brief: { table: 'public.t', owner: null, ticket: null, notify: [], dashboards: [] },
  phases: phaseNames,
  workers: 2,
  follow: 'triggers',
  ramp: [50, 100],
  bakeSeconds: 3,
  segments: [
    { segment: 1, seconds: 3 },
    { segment: 2, seconds: 3 },
  ],
  quarantineSeconds: 3,
  gateAtReadSwitch: false,
  gateAtSwap: false,
  gateAtContract: false,
  gateDeadlineSeconds: 7 * 86_400,
  alarms: ['checkout-errors'],
};

const payload = z.looseObject({ phase: z.string().optional(), about: z.string().optional() });
export type Payload = z.infer<typeof payload>;
/** By function: the name of the error that an invocation raises, if it does. */
export type Failing = Readonly<Record<string, (given: Payload) => string | undefined>>;

export interface Played extends Ended {
  /** What was invoked, with the phase that it was given: `ApplyPhase expand`. */
  readonly invoked: readonly string[];
  readonly given: (functionName: string) => readonly Payload[];
  /** Of the migration's own execution. */
  readonly events: number;
  /** Of all executions. */
  readonly statesEntered: number;
  readonly holds: readonly string[];
}

type Answer = 'approve' | { readonly Error: string; readonly Cause: string };

interface Setting {
  readonly migration?: string;
  /** Functions that do their work, by name. */
  readonly working?: Readonly<Record<string, Behaviour>>;
  readonly shards?: number;
  readonly plan?: Partial<Schedule> & {
    readonly waitSeconds?: number;
    readonly epoch?: number;
    readonly goesBack?: GoesBack;
  };
  readonly failing?: Failing;
  readonly fenced?: { readonly undo?: readonly PhaseName[]; readonly remove?: readonly PhaseName[] };
  /** The DynamoDB that keeps holds; one that takes every hold where none is given. */
  readonly dynamoDb?: string;
  /** How many days from now it is started. */
  readonly daysLater?: number;
  /** How each hold is answered, by its name; one that is not named is left to time out. */
  readonly answers?: Readonly<Record<string, Answer>>;
  readonly faults?: Faults;
  /** What is done to the execution on the way; gives how often it has ended since. */
  readonly meanwhile?: (scene: Stage, execution: string) => Promise<number>;
}

/** The shipped machines from start to end, on functions that do nothing. */
export async function play(setting: Setting = {}): Promise<Played> {
  const calls: { readonly name: string; readonly given: Payload }[] = [];
  const scene = await stage({
    clock: new HastyClock(setting.daysLater ?? 0),
    endpoints: { dynamodb: setting.dynamoDb ?? (await acceptingHolds()) },
    functions: functionsOf(setting, (name, given) => calls.push({ name, given })),
    ...(setting.faults === undefined ? {} : { faults: setting.faults }),
  });
  await scene.create(shipped('verify'), 'verify');
  await scene.create(shipped('gate'), 'gate');
  const holds = answerHolds(scene, setting.answers ?? {});
  const execution = await scene.start(await scene.create(shipped('migration'), 'migration'), {
    migration: setting.migration ?? 'm',
  });
  const ended = await scene.end(execution, await setting.meanwhile?.(scene, execution));
  return {
    ...ended,
    invoked: calls.map(({ name, given: { phase } }) => (phase === undefined ? name : `${name} ${phase}`)),
    given: (functionName) => calls.filter(({ name }) => name === functionName).map(({ given }) => given),
    events: scene.records().filter(({ executionArn }) => executionArn === execution).length,
    statesEntered: scene.records().filter(({ event }) => event.type?.endsWith('StateEntered') === true)
      .length,
    holds: [...new Set(holds)],
  };
}

function functionsOf(
  { plan = {}, failing = {}, fenced = {}, shards = 2, working = {} }: Setting,
  called: (name: string, given: Payload) => void,
): Readonly<Record<string, Behaviour>> {
  const answers: Readonly<Record<string, unknown>> = {
    PlanMigration: { heldBy: null, epoch: 1, waitSeconds: 0, waitReason: '', ...usualSchedule, ...plan },
    CutShards: { shards: Array.from({ length: shards }, (_, at) => ({ shard: at + 1 })) },
    JudgeVerification: { clean: true, checked: 2, mismatches: 0 },
    CollectEvidence: { next: 'go-on', hash: 'h', items: [], collectedAt: '2026-11-28T12:00:00Z' },
    FenceWorkers: { epoch: 2, reason: 'it was broken', undo: ['verify'], remove: [], ...fenced },
    AuditMigration: { open: [], passed: [] },
    WriteReport: { url: 'https://report.example' },
  };
  const behave =
    (name: string): Behaviour =>
    (event) => {
      const given = payload.parse(event);
      called(name, given);
      const error = failing[name]?.(given);
      if (error === undefined && working[name] !== undefined) return working[name](event, 0);
      return error === undefined
        ? (answers[name] ?? { ...given, done: true })
        : functionFails(error, 'it failed');
    };
  return Object.fromEntries(taskNames.map((name) => [name, behave(name)]));
}

/** A DynamoDB that takes every hold. */
async function acceptingHolds(): Promise<string> {
  const server = createServer((request, response) => {
    request
      .resume()
      .on('end', () => response.setHeader('content-type', 'application/x-amz-json-1.0').end('{}'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return `http://127.0.0.1:${address.port}`;
}

const text = z.object({ S: z.string() });
const taken = z.object({ Item: z.object({ hold: text, token: text }) });

/** Names each hold, and answers it as asked once it is taken. */
function answerHolds(scene: Stage, answers: NonNullable<Setting['answers']>): readonly string[] {
  const holds: string[] = [];
  const waiting = new Map<string, z.infer<typeof taken>['Item']>();
  scene.service.onEvent(({ executionArn, event }) => {
    const asked = event.taskScheduledEventDetails?.parameters;
    const item = asked === undefined ? undefined : taken.safeParse(JSON.parse(asked)).data?.Item;
    if (item !== undefined) {
      holds.push(item.hold.S);
      waiting.set(executionArn, item);
    }
    const open = waiting.get(executionArn);
    if (event.type !== 'TaskSubmitted' || open === undefined) return;
    waiting.delete(executionArn);
    const given = answers[open.hold.S];
    if (given !== undefined) void reply(scene, open.token.S, given);
  });
  return holds;
}

async function reply(scene: Stage, taskToken: string, given: Answer): Promise<void> {
  if (given === 'approve')
    await scene.client.send(new SendTaskSuccessCommand({ taskToken, output: '{"decision":"approve"}' }));
  else
    await scene.client.send(
      new SendTaskFailureCommand({ taskToken, error: given.Error, cause: given.Cause }),
    );
}
