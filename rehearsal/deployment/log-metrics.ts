import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import type { AwsPlace } from '../cloud/aws-place.ts';
import { readEmbeddedMetrics } from '../cloud/cloudwatch/embedded-metrics.ts';

/** In the place of CloudWatch Logs: takes the lines of an application's log and makes metrics of those that hold some. */
export class LogMetrics {
  readonly #client: CloudWatchClient;
  readonly #underway = new Set<Promise<void>>();
  #fault: unknown;

  constructor(place: AwsPlace) {
    this.#client = new CloudWatchClient(place);
  }

  take(line: string): void {
    const putting = this.#put(line)
      .catch((error: unknown) => {
        this.#fault ??= error;
      })
      .finally(() => this.#underway.delete(putting));
    this.#underway.add(putting);
  }

  /**
   * Resolves when every line has arrived.
   *
   * @throws EmbeddedMetricError, or what CloudWatch raised, for the first line that could not be taken: on AWS nobody would
   * have heard of it
   */
  async close(): Promise<void> {
    await Promise.all(this.#underway);
    this.#client.destroy();
    if (this.#fault !== undefined) throw this.#fault;
  }

  async #put(line: string): Promise<void> {
    for (const { namespace, data } of readEmbeddedMetrics(line) ?? [])
      await this.#client.send(
        new PutMetricDataCommand({
          Namespace: namespace,
          MetricData: [...data],
        }),
      );
  }
}
