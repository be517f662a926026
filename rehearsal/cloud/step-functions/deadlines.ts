import type { Clock } from '../clock.ts';
import { Aborted, StateFailure } from './failure.ts';
import type { Deadlines } from './task-events.ts';
import { untilAborted } from './until-aborted.ts';

/** A task took too long, or was silent for too long. Both are States.Timeout; a silence also answers to its own name. */
export class TaskTimeout extends StateFailure {
  constructor(alias?: 'States.HeartbeatTimeout') {
    super('States.Timeout', '', alias);
  }
}

export interface GuardedTask {
  readonly deadlines: Deadlines;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** When the task was last heard of; undefined when it has no heartbeat. */
  readonly lastHeartbeat: (() => number) | undefined;
}

/**
 * Waits for the work within its deadlines. The work itself is not stopped by them.
 *
 * @throws TaskTimeout
 */
export async function withinDeadlines<T>(work: Promise<T>, guarded: GuardedTask): Promise<T> {
  const { deadlines, clock, signal, lastHeartbeat } = guarded;
  const over = new AbortController();
  const guards = AbortSignal.any([signal, over.signal]);
  const rivals: Promise<T>[] = [work];
  if (deadlines.timeoutSeconds !== undefined) rivals.push(timeout(deadlines.timeoutSeconds, clock, guards));
  if (deadlines.heartbeatSeconds !== undefined && lastHeartbeat !== undefined) {
    rivals.push(silence(deadlines.heartbeatSeconds, lastHeartbeat, clock, guards));
  }
  // Those that lose the race are rejected later, when nobody listens any more.
  for (const rival of rivals) rival.catch(() => undefined);
  try {
    return await untilAborted(Promise.race(rivals), signal);
  } finally {
    over.abort(new Aborted('The task is over'));
  }
}

async function timeout(seconds: number, clock: Clock, signal: AbortSignal): Promise<never> {
  await clock.sleep(seconds * 1000, signal);
  throw new TaskTimeout();
}

async function silence(
  seconds: number,
  lastHeartbeat: () => number,
  clock: Clock,
  signal: AbortSignal,
): Promise<never> {
  for (;;) {
    const left = lastHeartbeat() + seconds * 1000 - clock.now();
    if (left <= 0) throw new TaskTimeout('States.HeartbeatTimeout');
    await clock.sleep(left, signal);
  }
}
