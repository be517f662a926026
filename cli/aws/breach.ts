import { DescribeAlarmHistoryCommand, type CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import * as z from 'zod';

/** A guardrail that was over its limit. */
export interface Breach {
  readonly alarm: string;
  readonly at: string;
  /** null where CloudWatch does not say, as of an alarm that was set by hand. */
  readonly measured: { readonly value: number; readonly limit: number } | null;
}

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

/**
 * The guardrails under the composite alarm that were on when it went on last, after `since`. It may be off again by now.
 * None where CloudWatch has forgotten it, or the caller may not read the history of alarms.
 */
export async function lastBreach(
  cloudWatch: CloudWatchClient,
  composite: string,
  since: string,
): Promise<readonly Breach[]> {
  try {
    const on = await lastTurnOn(cloudWatch, composite, since);
    const children = (on?.data.triggeringAlarms ?? []).filter(({ state }) => state.value === 'ALARM');
    return await Promise.all(
      children.map(async ({ arn }) => {
        const alarm = arn.split(':alarm:')[1] ?? arn;
        const own = await lastTurnOn(cloudWatch, alarm, since);
        return { alarm, at: own?.at ?? on?.at ?? '', measured: own === undefined ? null : measuredIn(own) };
      }),
    );
  } catch (error) {
    if (error instanceof Error && error.name.startsWith('AccessDenied')) return [];
    throw error;
  }
}

function measuredIn({ data: { recentDatapoints, threshold } }: Turn): Breach['measured'] {
  const value = recentDatapoints?.[0];
  return value === undefined || threshold === undefined ? null : { value, limit: threshold };
}

async function lastTurnOn(
  cloudWatch: CloudWatchClient,
  AlarmName: string,
  since: string,
): Promise<Turn | undefined> {
  const { AlarmHistoryItems = [] } = await cloudWatch.send(
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
