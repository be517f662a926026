import { embeddedMetrics } from './embedded-metrics.ts';
import type { Measurements } from './measurements.ts';
import { migrationOf, type MetricSettings } from './options.ts';

export interface PublisherParts {
  readonly flag: string;
  readonly measurements: Measurements;
  /** `null`: nothing is published. */
  readonly settings: MetricSettings | null;
  readonly breakerOpen: () => boolean | undefined;
  /** Called every second or so, and whenever metrics are written. */
  readonly tick?: () => void;
  /** Whatever goes wrong here or in `tick`. */
  readonly failed: (error: unknown) => void;
}

const open = new Set<Publisher>();
let listening = false;

/** Writes the metrics every `flushMs`, when the process runs out of work, and when asked. Keeps no process alive. */
export class Publisher {
  readonly #parts: PublisherParts;
  readonly #timer: NodeJS.Timeout;
  readonly #flushMs: number;
  #flushedMs = Date.now();

  constructor(parts: PublisherParts) {
    this.#parts = parts;
    this.#flushMs = parts.settings?.flushMs ?? Infinity;
    this.#timer = setInterval(() => this.#tick(), Math.min(1000, this.#flushMs));
    this.#timer.unref();
    open.add(this);
    if (listening) return;
    listening = true;
    process.on('beforeExit', () => {
      for (const publisher of open) publisher.flush();
    });
  }

  /** Whether it is time, and no timer has noticed: the process was asleep. */
  get isOverdue(): boolean {
    return Date.now() - this.#flushedMs > 2 * this.#flushMs;
  }

  /** Never throws. */
  flush(): void {
    const { measurements, settings, flag, breakerOpen, failed } = this.#parts;
    const timestamp = Date.now();
    this.#flushedMs = timestamp;
    if (settings === null) return;
    const { namespace, resolution, write } = settings;
    try {
      const published = {
        namespace,
        ...migrationOf(flag),
        resolution,
        timestamp,
        breakerOpen: breakerOpen(),
      };
      for (const line of embeddedMetrics(measurements.report(), published)) write(line);
    } catch (error) {
      failed(error);
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.flush();
    open.delete(this);
  }

  /** A mistake of ours must not end the application, as an error in a timer would. */
  #tick(): void {
    try {
      this.#parts.tick?.();
    } catch (error) {
      this.#parts.failed(error);
    }
    // Timers come a little early or late.
    if (Date.now() - this.#flushedMs >= 0.9 * this.#flushMs) this.flush();
  }
}
