import {
  DescribeAlarmHistoryCommand,
  type AlarmHistoryItem,
  type CloudWatchClient,
} from '@aws-sdk/client-cloudwatch';
import * as z from 'zod';
import { callAws } from './aws-errors.ts';

export interface AlarmChange {
  readonly alarm: string;
  readonly atMs: number;
  readonly state: string;
  /** Of a composite alarm: the alarms under it that are on. */
  readonly because: readonly string[];
}

const history = z.object({
  newState: z.object({
    stateValue: z.string(),
    stateReasonData: z
      .object({
        triggeringAlarms: z
          .array(z.object({ arn: z.string(), state: z.object({ value: z.string() }) }))
          .optional(),
      })
      .optional()
      .catch(undefined),
  }),
});

/** What CloudWatch remembers of alarms; it keeps 30 days. */
export class AlarmHistories {
  constructor(private readonly client: CloudWatchClient) {}

  /** The changes of some alarms' states in a time, oldest first. Raises TransientAwsError. */
  async changes(alarms: readonly string[], fromMs: number, toMs: number): Promise<readonly AlarmChange[]> {
    const found: AlarmChange[] = [];
    for (const alarm of alarms) found.push(...(await this.of(alarm, fromMs, toMs)).flatMap(changeOf));
    return found.toSorted((a, b) => a.atMs - b.atMs);
  }

  private async of(alarm: string, fromMs: number, toMs: number): Promise<readonly AlarmHistoryItem[]> {
    const found: AlarmHistoryItem[] = [];
    let next: string | undefined;
    do {
      const page: { AlarmHistoryItems?: AlarmHistoryItem[] | undefined; NextToken?: string | undefined } =
        await callAws(
          this.client.send(
            new DescribeAlarmHistoryCommand({
              AlarmName: alarm,
              AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
              HistoryItemType: 'StateUpdate',
              StartDate: new Date(fromMs),
              EndDate: new Date(toMs),
              ScanBy: 'TimestampAscending',
              MaxRecords: 100,
              NextToken: next,
            }),
          ),
        );
      found.push(...(page.AlarmHistoryItems ?? []));
      next = page.NextToken;
    } while (next !== undefined);
    return found;
  }
}

function changeOf({ AlarmName = '', Timestamp, HistoryData = '' }: AlarmHistoryItem): readonly AlarmChange[] {
  const parsed = history.safeParse(JSON.parse(HistoryData === '' ? '{}' : HistoryData));
  if (!parsed.success || Timestamp === undefined) return [];
  const { stateValue, stateReasonData } = parsed.data.newState;
  const on = (stateReasonData?.triggeringAlarms ?? []).filter(({ state }) => state.value === 'ALARM');
  return [
    {
      alarm: AlarmName,
      atMs: Timestamp.getTime(),
      state: stateValue,
      because: on.map(({ arn }) => arn.split(':alarm:')[1] ?? arn),
    },
  ];
}
