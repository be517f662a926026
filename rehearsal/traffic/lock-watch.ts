import { Client } from 'pg';

/** How the traffic's sessions waited for locks. */
export interface LockWaits {
  /**
   * The longest seen, in milliseconds. Sampled: pg_locks.waitstart of the traffic's ungranted locks is read every
   * `resolutionMs`, so a wait may have gone on for that much longer, and a shorter one may have passed unseen.
   */
  readonly longestMs: number;
  readonly longestMsByLabel: Readonly<Record<string, number>>;
  readonly resolutionMs: number;
}

const resolutionMs = 50;

// waitstart is set a moment after the wait begins; until then the statement's own start is the best that is known.
const waitsQuery = `
  SELECT max(extract(epoch FROM clock_timestamp() - coalesce(l.waitstart, a.query_start)) * 1000)::float8 AS ms
    FROM pg_stat_activity a
    JOIN pg_locks l ON l.pid = a.pid AND NOT l.granted
   WHERE a.application_name = ANY ($1) AND a.datname = current_database()`;
const anyWaitQuery = `
  SELECT FROM pg_stat_activity
   WHERE wait_event_type = 'Lock' AND application_name = ANY ($1) AND datname = current_database() LIMIT 1`;

/** Watches, on a connection of its own, how long the sessions of some applications wait for locks. */
export class LockWatch {
  readonly #client: Client;
  readonly #applications: readonly string[];
  readonly #label: () => string;
  readonly #seen: (ms: number) => void;
  readonly #longest: Record<string, number> = {};
  #running = true;
  #watching: Promise<void> = Promise.resolve();
  #wake: () => void = () => {};

  /** `seen` hears of every wait that a sample finds, in milliseconds. */
  constructor(
    databaseUrl: string,
    applications: readonly string[],
    label: () => string,
    seen: (ms: number) => void = () => {},
  ) {
    this.#client = new Client({
      connectionString: databaseUrl,
      application_name: 'underpin-rehearsal-watch',
    });
    // Losing the watch must not end the traffic; the query that follows tells.
    this.#client.on('error', () => (this.#running = false));
    this.#applications = applications;
    this.#label = label;
    this.#seen = seen;
  }

  async start(): Promise<void> {
    await this.#client.connect();
    this.#watching = this.#watch();
  }

  async stop(): Promise<void> {
    this.#running = false;
    this.#wake();
    await this.#watching;
    await this.#client.end().catch(() => {});
  }

  get waits(): LockWaits {
    return {
      longestMs: Math.max(0, ...Object.values(this.#longest)),
      longestMsByLabel: { ...this.#longest },
      resolutionMs,
    };
  }

  async #watch(): Promise<void> {
    while (this.#running) {
      try {
        await this.#sample();
      } catch {
        return;
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, resolutionMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async #sample(): Promise<void> {
    // pg_locks stops every lock manager partition for a moment: it is read only while somebody waits.
    const waiting = await this.#client.query(anyWaitQuery, [this.#applications]);
    if (waiting.rowCount === 0) return;
    const { rows } = await this.#client.query<{ ms: number | null }>(waitsQuery, [this.#applications]);
    const label = this.#label();
    const ms = Math.round(rows[0]?.ms ?? 0);
    this.#longest[label] = Math.max(this.#longest[label] ?? 0, ms);
    this.#seen(ms);
  }
}
