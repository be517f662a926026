import { bytesText, countText } from '../words/amounts.ts';
import type { Reading, SignalName, Throttle } from './health-facts.ts';

/** What a signal, or all of them, say to a worker. */
export type Verdict =
  | { readonly verdict: 'go' }
  /** Work `share` of the time that it would. */
  | { readonly verdict: 'slow'; readonly share: number; readonly reason: string }
  /** `unreadable`: not the database is in trouble, as far as we know; its signals could not be read. */
  | { readonly verdict: 'stop'; readonly reason: string; readonly unreadable: boolean };

interface Signal {
  /** What is measured, for people. */
  readonly is: string;
  /** Above it a worker rests: the key of its limit among those that an author gives, or the same for all. */
  readonly limit: Exclude<keyof Throttle, 'query'> | number;
  readonly text: (value: number) => string;
  /** It is counted in whole ones: the limit is still good. */
  readonly whole?: true;
  /** It is told from two looks at counters: a single one leaves it unsaid. */
  readonly needsTwoLooks?: true;
  /** It is a metric: looked at whether or not anybody gave a limit. */
  readonly published?: true;
  /** It comes of writing: who compares rows adds nothing to it, and its rest would help nobody. */
  readonly ofWriters?: true;
}

// Half of what rolls a migration back (RollbackSegmentHistoryListLength).
const longestHistory = 500_000;

const milliseconds = (ms: number): string => `${ms < 10 ? Number(ms.toPrecision(2)) : Math.round(ms)} ms`;

/** All that slows workers by itself, in the order in which people are told. */
export const signals: { readonly [Name in SignalName]-?: Signal } = {
  blockedSessions: {
    is: 'sessions that wait for a lock',
    limit: 'blockedSessions',
    text: countText,
    whole: true,
  },
  replicaLag: {
    is: 'lag of the replicas',
    limit: 'replicaLagMs',
    text: milliseconds,
  },
  activeSessions: {
    is: 'sessions at work',
    limit: 'activeSessions',
    text: countText,
    whole: true,
  },
  slowStatements: {
    is: 'statements that have run for more than ten seconds',
    limit: 'slowStatements',
    text: countText,
    whole: true,
    published: true,
  },
  commitLatency: {
    is: 'time of a commit',
    limit: 'commitLatencyMs',
    text: milliseconds,
    needsTwoLooks: true,
  },
  // Its limit in rows comes with the reading.
  deadRows: { is: 'dead rows of the table', limit: 'deadRows', text: countText, ofWriters: true },
  logRate: {
    is: 'log written in a second',
    limit: 'logBytesPerSecond',
    text: bytesText,
    needsTwoLooks: true,
    ofWriters: true,
  },
  heldLog: {
    is: 'log that a replication slot holds back',
    limit: 'heldLogBytes',
    text: bytesText,
    ofWriters: true,
  },
  historyList: { is: 'transactions that are not purged', limit: longestHistory, text: countText },
};

const names = Object.keys(signals).filter((name): name is SignalName => name in signals);

/** The signals that have a limit. */
export const limited = (throttle: Throttle): readonly SignalName[] =>
  names.filter((name) => limitOf(name, throttle) !== undefined);

/** Those, and what is published. */
export const looked = (throttle: Throttle): readonly SignalName[] =>
  names.filter((name) => signals[name].published === true || limitOf(name, throttle) !== undefined);

/** Undefined where nobody asked. */
export function limitOf(name: SignalName, throttle: Throttle): number | undefined {
  const { limit } = signals[name];
  return typeof limit === 'number' ? limit : throttle[limit];
}

/** The limits that a comparison of rows heeds. */
export const ofReader = (throttle: Throttle): Throttle =>
  names.reduce((rest, name) => {
    const { ofWriters, limit } = signals[name];
    return ofWriters && typeof limit === 'string' ? { ...rest, [limit]: undefined } : rest;
  }, throttle);

/** Whether a single look leaves something unsaid. */
export const needsSecondLook = (throttle: Throttle): boolean =>
  limited(throttle).some((name) => signals[name].needsTwoLooks);

/** From half of the limit on workers slow down, to a tenth of their time at the limit. */
const slowFrom = 0.5;
const slowest = 0.1;

/** What one signal says. `before`: its reading of an earlier look, for counters. What cannot be read stops. */
export function judgeSignal(
  { is, text, whole }: Signal,
  { now, before }: { readonly now: Reading | undefined; readonly before: Reading | undefined },
  asked: number,
): Verdict {
  if (now === undefined) return unreadable(`${is}: the look at it gave nothing`);
  if (now === null) return { verdict: 'go' };
  if (typeof now === 'object' && 'hidden' in now) return unreadable(`${is}: ${now.hidden}`);
  const value = valueOf(now, before);
  // One look at a counter says nothing, and a server that has started again counts from the beginning.
  if (value === 'unknown') return busy(`${is}: known from the second look on`);
  if (value === null) return { verdict: 'go' };
  const own = typeof now === 'object' && 'value' in now ? now : undefined;
  const limit = own?.limit ?? asked;
  const note = own?.note ?? '';
  const reason = `${is}: ${text(value)}, limit ${text(limit)}${note === '' ? '' : `; ${note}`}`;
  if (value > limit) return busy(reason);
  const full = value / (whole === true ? limit + 1 : limit);
  if (!(full > slowFrom)) return { verdict: 'go' };
  return { verdict: 'slow', share: Math.max(slowest, (1 - full) / (1 - slowFrom)), reason };
}

/** Null where nothing was counted since: no commit has no time. */
function valueOf(now: Exclude<Reading, null | { hidden: string }>, before: Reading | undefined) {
  if (typeof now === 'number') return now;
  if ('value' in now) return now.value;
  if (typeof before !== 'object' || before === null || !('sum' in before)) return 'unknown';
  const [sum, per] = [now.sum - before.sum, now.per - before.per];
  if (sum < 0 || per < 0) return 'unknown';
  return per === 0 ? null : sum / per;
}

export const busy = (reason: string): Verdict => ({ verdict: 'stop', reason, unreadable: false });
export const unreadable = (reason: string): Verdict => ({ verdict: 'stop', reason, unreadable: true });
