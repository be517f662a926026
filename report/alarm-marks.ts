import type { Mark } from './report.ts';

/** An alarm that went on or off. */
export interface AlarmTurn {
  readonly alarm: string;
  readonly atMs: number;
  readonly state: string;
  /** Of a composite alarm: the alarms under it that were on. */
  readonly because: readonly string[];
}

/** Alarms that went on, and that went off after it; an alarm that merely began to be watched is no news. */
export function alarmMarks(turns: readonly AlarmTurn[]): readonly Mark[] {
  const on = new Set<string>();
  return turns.flatMap(({ alarm, atMs, state, because }): readonly Mark[] => {
    const at = new Date(atMs).toISOString();
    if (state === 'ALARM') {
      on.add(alarm);
      return [
        {
          at,
          kind: 'alarm',
          says: `Alarm ${alarm} went on${because.length === 0 ? '' : `: ${because.join(', ')}`}`,
        },
      ];
    }
    return on.delete(alarm) ? [{ at, kind: 'event', says: `Alarm ${alarm} went off` }] : [];
  });
}
