import { CloudWatchClient, DescribeAlarmHistoryCommand } from '@aws-sdk/client-cloudwatch';
import * as z from 'zod';
import type { Breach } from '../../engine/notices/breached.ts';
import { guardrailNames } from './guardrail-names.ts';
import { tracedClient } from './observed.ts';
import { once } from './once.ts';

const reasonData = z.object({
  recentDatapoints: z.array(z.number()).optional(),
  threshold: z.number().optional(),
  triggeringAlarms: z.array(z.object({ arn: z.string(), state: z.object({ value: z.string() }) })).optional(),
});
const turn = z.object({
  newState: z.object({ stateValue: z.string(), stateReasonData: reasonData.optional().catch(undefined) }),
});

interface Turn {
  readonly at: string;
  readonly data: z.infer<typeof reasonData>;
}

export interface BreachQuestion {
  /** Of the target, and of the migration itself; of a composite alarm those under it are meant. */
  readonly alarms: readonly string[];
  readonly target: string;
  readonly since: string;
}

type Found = Omit<Breach, 'heading'>;

/** What CloudWatch remembers of guardrails that were over their limits. */
export class Breaches {
  constructor(private readonly client: CloudWatchClient) {}

  /**
   * The guardrails that were on when their alarm went on last, after `since`. They may be off again by now.
   * None where CloudWatch has forgotten it, or the caller may not read the history of alarms.
   */
  async last({ alarms, target, since }: BreachQuestion): Promise<readonly Breach[]> {
    try {
      const found = await Promise.all(alarms.map((alarm) => this.under(alarm, since)));
      const byAlarm = new Map(found.flat().map((each) => [each.alarm, each]));
      return [...byAlarm.values()].map((each) => ({ ...each, heading: headingOf(each.alarm, target) }));
    } catch (error) {
      if (error instanceof Error && error.name.startsWith('AccessDenied')) return [];
      throw error;
    }
  }

  private async under(alarm: string, since: string): Promise<readonly Found[]> {
    const on = await this.lastTurnOn(alarm, since);
    if (on === undefined) return [];
    const { triggeringAlarms } = on.data;
    if (triggeringAlarms === undefined) return [{ alarm, at: on.at, measured: measuredIn(on) }];
    const children = triggeringAlarms.filter(({ state }) => state.value === 'ALARM');
    return Promise.all(
      children.map(async ({ arn }) => {
        const child = arn.split(':alarm:')[1] ?? arn;
        const own = await this.lastTurnOn(child, since);
        return { alarm: child, at: own?.at ?? on.at, measured: own === undefined ? null : measuredIn(own) };
      }),
    );
  }

  private async lastTurnOn(AlarmName: string, since: string): Promise<Turn | undefined> {
    const { AlarmHistoryItems = [] } = await this.client.send(
      new DescribeAlarmHistoryCommand({
        AlarmName,
        AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
        HistoryItemType: 'StateUpdate',
        StartDate: new Date(since),
        ScanBy: 'TimestampDescending',
        MaxRecords: 50,
      }),
    );
    for (const { HistoryData = '{}', Timestamp } of AlarmHistoryItems) {
      const parsed = turn.safeParse(JSON.parse(HistoryData)).data?.newState;
      if (parsed?.stateValue === 'ALARM')
        return { at: Timestamp?.toISOString() ?? '', data: parsed.stateReasonData ?? {} };
    }
    return undefined;
  }
}

/** Made when it is first needed. */
export const breaches = once(() => new Breaches(tracedClient(new CloudWatchClient())));

/** An alarm of ours is called `underpin-shop-read-errors`, and its heading `read-errors`. */
function headingOf(alarm: string, target: string): string {
  const name = alarm.split(`-${target}-`).slice(1).join(`-${target}-`);
  return guardrailNames.find((each) => each === name) ?? 'guardrails';
}

function measuredIn({ data: { recentDatapoints, threshold } }: Turn): Breach['measured'] {
  const value = recentDatapoints?.[0];
  return value === undefined || threshold === undefined ? null : { value, limit: threshold };
}
