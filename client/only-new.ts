import { Measurements } from './measurements.ts';
import { flagOf, metricSettings, onEventOf, type OnlyNewOptions } from './options.ts';
import { nameOf, type ReadPaths } from './paths.ts';
import { Publisher } from './publisher.ts';

/** The reads of a version that has left the old shape behind: no flag is asked, and the same metrics are published. */
export class OnlyNew {
  readonly #measurements = new Measurements();
  readonly #publisher: Publisher;

  /** @throws TypeError for an option that cannot be meant */
  constructor(options: OnlyNewOptions) {
    const flag = flagOf(options);
    const onEvent = onEventOf(options);
    this.#publisher = new Publisher({
      flag,
      measurements: this.#measurements,
      settings: metricSettings(options.metrics),
      breakerOpen: () => undefined,
      failed: (error) => onEvent({ flag, what: 'fault', where: 'metrics.write', error: nameOf(error) }),
    });
  }

  /** The new path's answer; rejects as that does. */
  async read<T>(_key: unknown, paths: Pick<ReadPaths<T>, 'new'>): Promise<T> {
    const startedMs = performance.now();
    try {
      const value = await paths.new();
      this.#measurements.answered('new', performance.now() - startedMs);
      return value;
    } catch (error) {
      // There is no old path to tell whether this one is at fault, so that it goes into no rate.
      this.#measurements.failed('new');
      throw error;
    }
  }

  /** Writes the metrics now. */
  flush(): void {
    this.#publisher.flush();
  }

  close(): Promise<void> {
    this.#publisher.close();
    return Promise.resolve();
  }
}
