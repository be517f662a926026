import { setTimeout as sleep } from 'node:timers/promises';
import { TransientAwsError } from '../../engine/database/errors.ts';

/** Time, in milliseconds. */
interface Clock {
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
}
const wallClock: Clock = { now: () => performance.now(), sleep };

// CloudWatch answers an account some nine times a second. With the jitter four seconds at most, and a loop that asks for its
// leave once a second goes on for five and a batch at most once an alarm is on.
const askEveryMs = 3200;
const longestDeafMs = 60_000;

const jittered = (ms: number): number => ms * (0.75 + Math.random() / 2);

/** The alarms, for a loop: asked at its first turn, then every two to four seconds. */
export class AlarmWatch {
  private clearUntil = -Infinity;
  private deafSince: number | undefined;

  constructor(
    private readonly ask: () => Promise<void>,
    private readonly clock: Clock = wallClock,
  ) {}

  /**
   * Whether work may go on. False when CloudWatch throttles or does not answer: then it has waited, and nothing is to be
   * done until it is asked again. Raises GuardrailBreached, and TransientAwsError after a minute without an answer.
   */
  async clear(): Promise<boolean> {
    if (this.clock.now() < this.clearUntil) return true;
    try {
      await this.ask();
    } catch (error) {
      if (!(error instanceof TransientAwsError)) throw error;
      this.deafSince ??= this.clock.now();
      if (this.clock.now() - this.deafSince > longestDeafMs) throw error;
      await this.clock.sleep(jittered(askEveryMs));
      return false;
    }
    this.deafSince = undefined;
    this.clearUntil = this.clock.now() + jittered(askEveryMs);
    return true;
  }
}
