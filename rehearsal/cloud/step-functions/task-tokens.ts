import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { StateFailure } from './failure.ts';
import type { Json } from './json.ts';
import { ServiceError } from './service-error.ts';

/** Marks a token as ours; another text is not a token at all. */
const PREFIX = 'AQCsAAAAKgAAAAMAAAAA';

/** Somebody outside holds the token; the state waits for `completion`. */
export interface OpenToken {
  readonly token: string;
  /** Rejects with a StateFailure when the holder reports one. */
  readonly completion: Promise<Json>;
  /** When the holder was last heard of, in ms since the epoch. */
  lastHeartbeat(): number;
  /** Nobody waits any longer. */
  close(): void;
}

interface Pending {
  lastHeartbeat: number;
  succeed(output: Json): void;
  fail(failure: StateFailure): void;
}

/** The tokens of all waiting tasks. A token serves one attempt and one answer. */
export class TaskTokens {
  readonly #open = new Map<string, Pending>();
  readonly #closed = new Set<string>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  issue(): OpenToken {
    const token = PREFIX + randomBytes(96).toString('base64');
    let pending!: Pending;
    const completion = new Promise<Json>((succeed, fail) => {
      pending = { lastHeartbeat: this.#clock.now(), succeed, fail };
    });
    // The waiting state may have gone before it came to wait: a late answer is then nobody's error.
    completion.catch(() => undefined);
    this.#open.set(token, pending);
    return {
      token,
      completion,
      lastHeartbeat: () => pending.lastHeartbeat,
      close: () => this.#close(token),
    };
  }

  /** @throws ServiceError InvalidToken, TaskDoesNotExist, TaskTimedOut, and only then what the output is refused with */
  succeed(token: string, output: () => Json): void {
    this.#find(token);
    const parsed = output();
    this.#take(token).succeed(parsed);
  }

  /** @throws ServiceError as `succeed` */
  fail(token: string, error: string | undefined, cause: string | undefined): void {
    this.#take(token).fail(new StateFailure(error ?? null, cause ?? null));
  }

  /** @throws ServiceError as `succeed` */
  heartbeat(token: string): void {
    this.#find(token).lastHeartbeat = this.#clock.now();
  }

  #take(token: string): Pending {
    const pending = this.#find(token);
    this.#close(token);
    return pending;
  }

  #find(token: string): Pending {
    const pending = this.#open.get(token);
    if (pending !== undefined) return pending;
    if (this.#closed.has(token)) {
      throw new ServiceError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
    }
    if (token.startsWith(PREFIX)) throw new ServiceError('TaskDoesNotExist', 'Task does not exist');
    throw new ServiceError('InvalidToken', "Invalid Token: 'Invalid token'");
  }

  #close(token: string): void {
    if (this.#open.delete(token)) this.#closed.add(token);
  }
}
