import { setTimeout as sleepFor } from 'node:timers/promises';

/** Time as a service of the local cloud sees it, so that a test can hold it and a rehearsal can hurry it. */
export type Clock = {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Rejects when the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
};

export const realClock: Clock = { now: () => Date.now(), sleep };

/**
 * A clock that runs `speed` times as fast as the real one, from now on.
 * For services that compare their own times only (AppConfig). CloudWatch gets timestamps from real clients: never there.
 */
export function scaledClock(speed: number): Clock {
  if (!(speed > 0)) throw new Error(`A clock cannot run at ${speed} times real speed`);
  const started = Date.now();
  return {
    now: () => started + (Date.now() - started) * speed,
    sleep: (ms, signal) => sleep(ms / speed, signal),
  };
}

/**
 * Real time whose waits are `speed` times shorter: for services whose times others compare with their own, such as the
 * history of an execution beside a database's clock. For waits; the deadlines of work need `realClock`, since work takes its
 * time.
 */
export function hurriedClock(speed: number): Clock {
  if (!(speed > 0)) throw new Error(`A clock cannot be hurried ${speed} times`);
  return { now: () => Date.now(), sleep: (ms, signal) => sleep(ms / speed, signal) };
}

/** A timer fires at once for anything longer. */
const longestTimerMs = 2 ** 31 - 1;

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  const end = Date.now() + ms;
  do await sleepFor(Math.min(Math.max(end - Date.now(), 0), longestTimerMs), undefined, { signal });
  while (Date.now() < end);
}
