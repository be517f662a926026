import type { CloudWatch } from '../cloud/cloudwatch/cloudwatch.ts';

/** Takes the lines of an application's log to CloudWatch, which makes metrics of those that hold some. */
export class LogMetrics {
  readonly #cloudWatch: Pick<CloudWatch, 'takeLogLine'>;
  #fault: unknown;

  constructor(cloudWatch: Pick<CloudWatch, 'takeLogLine'>) {
    this.#cloudWatch = cloudWatch;
  }

  take(line: string): void {
    try {
      this.#cloudWatch.takeLogLine(line);
    } catch (error) {
      this.#fault ??= error;
    }
  }

  /** @throws EmbeddedMetricError for the first line that could not be taken: on AWS nobody would have heard of it */
  close(): Promise<void> {
    return this.#fault === undefined ? Promise.resolve() : Promise.reject(this.#fault);
  }
}
