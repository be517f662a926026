import type { Alarm, AlarmState } from './alarm.ts';

export type HistoryItemType = 'ConfigurationUpdate' | 'StateUpdate' | 'Action';

export type HistoryItem = {
  readonly AlarmName: string;
  readonly AlarmType: Alarm['kind'];
  readonly Timestamp: Date;
  readonly HistoryItemType: HistoryItemType;
  readonly HistorySummary: string;
  /** JSON text. */
  readonly HistoryData: string;
};

/** What happened to alarms, oldest first. It outlives the alarms. */
export class AlarmHistory {
  readonly items: HistoryItem[] = [];

  add(alarm: Alarm, type: HistoryItemType, at: number, summary: string, data: object): void {
    this.items.push({
      AlarmName: alarm.input.AlarmName,
      AlarmType: alarm.kind,
      Timestamp: new Date(at),
      HistoryItemType: type,
      HistorySummary: summary,
      HistoryData: JSON.stringify(data),
    });
  }

  addTransition(alarm: Alarm, previous: AlarmState): void {
    const { state } = alarm;
    const summary = `Alarm updated from ${previous.value} to ${state.value}`;
    const data = { version: '1.0', oldState: shown(previous), newState: shown(state) };
    this.add(alarm, 'StateUpdate', state.updatedAt, summary, data);
  }
}

function shown({ value, reason, reasonData }: AlarmState): object {
  return {
    stateValue: value,
    stateReason: reason,
    ...(reasonData === undefined ? {} : { stateReasonData: JSON.parse(reasonData) as unknown }),
  };
}
