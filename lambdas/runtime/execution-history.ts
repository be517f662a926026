import {
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListMapRunsCommand,
  type HistoryEvent,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import * as z from 'zod';
import { callAws } from './aws-errors.ts';

export interface Descendants {
  /** Comparisons, and the workers of every Distributed Map. */
  readonly executions: number;
  /** Those whose history was read. */
  readonly read: number;
  readonly events: readonly HistoryEvent[];
}

const submitted = z.object({ ExecutionArn: z.string() });

/** What Step Functions remembers of an execution, and of those that it has started. */
export class ExecutionHistory {
  constructor(private readonly client: SFNClient) {}

  /** Every event of one execution, oldest first. Raises TransientAwsError. */
  async events(executionArn: string): Promise<readonly HistoryEvent[]> {
    const found: HistoryEvent[] = [];
    let nextToken: string | undefined;
    do {
      const page: { events?: HistoryEvent[] | undefined; nextToken?: string | undefined } = await callAws(
        this.client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000, nextToken })),
      );
      found.push(...(page.events ?? []));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return found;
  }

  /**
   * The histories of what an execution has started, and of what those started, while `goOn` says yes; the others are
   * counted only. Raises TransientAwsError.
   */
  async descendants(
    executionArn: string,
    events: readonly HistoryEvent[],
    goOn: () => boolean,
  ): Promise<Descendants> {
    const waiting = await this.children(executionArn, events);
    const heardEvents: HistoryEvent[] = [];
    let [executions, read] = [waiting.length, 0];
    for (let next = waiting.shift(); next !== undefined && goOn(); next = waiting.shift()) {
      const own = await this.events(next);
      read += 1;
      heardEvents.push(...own);
      // A worker of a Distributed Map starts nothing.
      if (isWorker(next)) continue;
      const children = await this.children(next, own);
      executions += children.length;
      waiting.push(...children);
    }
    return { executions, read, events: heardEvents };
  }

  private async children(executionArn: string, events: readonly HistoryEvent[]): Promise<string[]> {
    return [...nestedIn(events), ...(await this.workers(executionArn))];
  }

  private async workers(executionArn: string): Promise<readonly string[]> {
    const { mapRuns = [] } = await callAws(
      this.client.send(new ListMapRunsCommand({ executionArn, maxResults: 1000 })),
    );
    const found: string[] = [];
    for (const { mapRunArn } of mapRuns) found.push(...(await this.workersOf(mapRunArn ?? '')));
    return found;
  }

  private async workersOf(mapRunArn: string): Promise<readonly string[]> {
    const { executions = [] } = await callAws(
      this.client.send(new ListExecutionsCommand({ mapRunArn, maxResults: 1000 })),
    );
    return executions.flatMap((it) => it.executionArn ?? []);
  }
}

/** `…:execution:machine/label:name`. */
const isWorker = (executionArn: string): boolean => (executionArn.split(':')[6] ?? '').includes('/');

/** The executions that `startExecution.sync` has started. */
function nestedIn(events: readonly HistoryEvent[]): readonly string[] {
  return events.flatMap(({ taskSubmittedEventDetails: details }) => {
    if (details?.resourceType !== 'states' || details.output === undefined) return [];
    const parsed = submitted.safeParse(JSON.parse(details.output));
    return parsed.success ? [parsed.data.ExecutionArn] : [];
  });
}
