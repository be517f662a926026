import type { CompositeAlarmInput, MetricAlarmInput, StateValue } from './alarm-input.ts';
import type { Criteria } from './alarm-evaluation.ts';
import type { CompositeRule } from './composite-rule.ts';
import type { MetricDataQuery, Series } from './metric-query.ts';

export type AlarmState = {
  readonly value: StateValue;
  readonly reason: string;
  /** JSON text. */
  readonly reasonData: string | undefined;
  readonly updatedAt: number;
  /** When the value changed, and not only its reason. */
  readonly transitionedAt: number;
};

type Common = {
  readonly arn: string;
  readonly configuredAt: number;
  actionsEnabled: boolean;
  state: AlarmState;
};

export type MetricAlarm = Common & {
  readonly kind: 'MetricAlarm';
  readonly input: MetricAlarmInput;
  readonly queries: readonly MetricDataQuery[];
  readonly criteria: Criteria;
  /** What it looks at. */
  readonly series: Series;
  /** SetAlarmState holds until then; later the alarm says again what its metric says. */
  heldUntil: number;
};

export type CompositeAlarm = Common & {
  readonly kind: 'CompositeAlarm';
  readonly input: CompositeAlarmInput;
  readonly rule: CompositeRule;
};

export type Alarm = MetricAlarm | CompositeAlarm;

export const actionsFor = (alarm: Alarm, state: StateValue): readonly string[] =>
  ({
    OK: alarm.input.OKActions,
    ALARM: alarm.input.AlarmActions,
    INSUFFICIENT_DATA: alarm.input.InsufficientDataActions,
  })[state];
