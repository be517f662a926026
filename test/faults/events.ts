import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultError, FaultRule } from '../../rehearsal/cloud/faults.ts';
import type { LocalCloud } from '../../rehearsal/deployment/local-cloud.ts';
import { clusterArnOf, rehearsedTarget, secretArnOf } from '../../rehearsal/deployment/local-target.ts';
import type { Arena } from './arena.ts';
import { endOf, type Ended } from './ended.ts';
import { redriven, startedBeside, stopped } from './executions.ts';
import { alarmed, busy, decideBeside, steeredUnder, takenDecision } from './people.ts';
import type { Outcome } from './outcome.ts';
import type { Path } from './paths.ts';

/** Something that happens to the surroundings while a state is at work. */
export interface EventCell {
  readonly kind: 'event';
  readonly id: string;
  readonly path: string;
  /** The state that has been entered when it happens. */
  readonly state: string;
  readonly event: EventName;
  readonly must: Outcome;
}

interface Event {
  readonly says: string;
  /** Resolves when it is over; gives how the migration must end, where the event alone knows it. */
  readonly happen: (arena: Arena, migration: string) => Promise<Outcome | void>;
  /** How long it keeps the database away, where that is minutes. */
  readonly awayMs?: number;
  /** What is done after the run that it ended; gives how the migration ended then. */
  readonly afterwards?: Afterwards;
}

/** Goes on after a run that has ended; gives how it ended then. */
export type Afterwards = (arena: Arena, path: Path, signal: AbortSignal, first: Ended) => Promise<Ended>;

const awayMs = 3000;
// Forty minutes of the cloud's time: nearly all that a step forward waits for its database.
const longAwayMs = 120_000;

const events = {
  'kill -9': {
    says: 'the server is killed with SIGKILL, started again at once, and recovers from its log',
    happen: ({ server }) => server.restart('SIGKILL', 0),
  },
  restart: {
    says: 'the server is shut down, and is back after 3 seconds',
    happen: ({ server }) => server.restart('SIGINT', awayMs),
  },
  'two minutes away': {
    says: 'the server is shut down, and is back after two minutes, which are forty of the cloud',
    happen: ({ server }) => server.restart('SIGINT', longAwayMs),
    awayMs: longAwayMs,
  },
  failover: {
    says: 'every session is cut, the server takes no writes for 3 seconds, and then the Data API has another writer',
    happen: async (arena) => {
      await readOnly(arena);
      const { dataApi } = arena.cloud;
      await dataApi.removeDatabase(clusterArnOf(rehearsedTarget));
      dataApi.addDatabase(clusterArnOf(rehearsedTarget), {
        url: arena.databaseUrl,
        secretArns: [secretArnOf(rehearsedTarget)],
      });
    },
  },
  'read-only': {
    says: 'every session is cut, and the server takes no writes for 3 seconds',
    happen: (arena) => readOnly(arena),
  },
  resume: {
    says: 'the cluster has been paused, and says for 3 seconds that it resumes',
    happen: (arena) =>
      refusing(arena, {
        status: 400,
        name: 'DatabaseResumingException',
        message: 'The Aurora DB instance db-REHEARSAL is resuming after being auto-paused',
      }),
  },
  'rotated secret': {
    says: 'the secret is wrong for 3 seconds',
    happen: (arena) =>
      refusing(arena, sqlError('FATAL: password authentication failed for user "underpin"', '28P01')),
  },
  'out of connections': {
    says: 'the server has no connection left for 3 seconds',
    happen: (arena) => refusing(arena, sqlError('FATAL: sorry, too many clients already', '53300')),
  },
  'disk full': {
    says: 'every statement finds the disk full for 3 seconds',
    happen: (arena) =>
      refusing(arena, sqlError('ERROR: could not extend file: No space left on device', '53100')),
  },
  'three started': {
    says: 'the migration is started twice more: both are told that it runs already',
    happen: async (arena) => {
      await Promise.all([startedBeside(arena), startedBeside(arena)]);
    },
  },
  "somebody else's deployment": {
    says: 'AppConfig refuses deployments for 3 seconds, because another one is on its way',
    happen: ({ cloud }) =>
      during(cloud, ({ operation }) =>
        operation === 'StartDeployment' ? { when: 'before', error: conflict } : undefined,
      ),
  },
  'stopped, started again': {
    says: 'the execution is stopped, and the migration started again',
    happen: stopped,
    afterwards: startedAgain,
  },
  'stopped, redriven': {
    says: 'the execution is stopped, and redriven',
    happen: stopped,
    afterwards: redriven,
  },
  'two approve': {
    says: 'a second person approves at the same time',
    happen: ({ cloud }, migration) => decideBeside(cloud, migration, 'approve'),
  },
  'approve against reject': {
    says: 'a second person rejects at the same time: it ends as the one decided whose decision was taken, and there is one such',
    happen: async ({ cloud }, migration) => {
      await decideBeside(cloud, migration, 'reject');
      return takenDecision(cloud);
    },
  },
  'alarm flapping': {
    says: 'an alarm goes on and off three times; a migration that goes back for it is started again at once',
    happen: async ({ cloud }) => {
      for (let times = 0; times < 3; times += 1) {
        await alarmed(cloud);
        await sleep(1500);
      }
    },
    afterwards: startedAgain,
  },
  'paused, answers lost': {
    says: 'it is paused and resumed while every first answer to SteerMigration and DescribeMigration is lost, and so is theirs',
    happen: async (arena, migration) =>
      void (await steeredUnder(arena, migration, { when: 'dropAfterCommit' }, ['pause', 'resume'])),
  },
  'paused, throttled': {
    says: 'the same while every first call of theirs is refused',
    happen: async (arena, migration) =>
      void (await steeredUnder(arena, migration, { when: 'before', error: busy }, ['pause', 'resume'])),
  },
  'aborted, answers lost': {
    says: 'it is aborted while every first answer to SteerMigration is lost: it ends as the person was told',
    happen: async (arena, migration) => {
      const taken = await steeredUnder(arena, migration, { when: 'dropAfterCommit' }, ['abort']);
      return taken ? 'rolled-back' : 'completed';
    },
  },
} satisfies Record<string, Event>;

export type EventName = keyof typeof events;
export const eventsByName: Readonly<Record<EventName, Event>> = events;
const isEvent = (name: string): name is EventName => Object.hasOwn(events, name);
export const eventNames = Object.keys(events).filter(isEvent);

async function startedAgain(arena: Arena, path: Path, signal: AbortSignal, first: Ended): Promise<Ended> {
  if (first.did === 'completed') return { ...first, requests: 0, lostWrites: 0 };
  await arena.idle();
  return endOf(await arena.run(path, signal));
}

const sqlError = (text: string, state: string): FaultError => ({
  status: 400,
  name: 'DatabaseErrorException',
  message: `${text}; SQLState: ${state}`,
});

const conflict: FaultError = {
  status: 409,
  name: 'ConflictException',
  message: 'Deployment number 7 already in progress',
};

const refusing = ({ cloud }: Arena, error: FaultError): Promise<void> =>
  during(cloud, ({ service }) => (service === 'rds-data' ? { when: 'before', error } : undefined));

async function during(cloud: LocalCloud, rule: FaultRule): Promise<void> {
  const end = cloud.faults.when(rule);
  await sleep(awayMs);
  end();
}

async function readOnly(arena: Arena): Promise<void> {
  await arena.onServer('ALTER DATABASE cell SET default_transaction_read_only = on');
  await arena.cutSessions();
  await sleep(awayMs);
  await arena.onServer('ALTER DATABASE cell RESET default_transaction_read_only');
  await arena.cutSessions();
}
