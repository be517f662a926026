import type { Clock } from '../clock.ts';
import { actionsFor, type Alarm, type AlarmState, type CompositeAlarm, type MetricAlarm } from './alarm.ts';
import { judge, looksUpward, type Datapoint } from './alarm-evaluation.ts';
import { alarmStateChange, type AlarmStateChange } from './alarm-event.ts';
import type { StateValue } from './alarm-input.ts';
import { longTime, stateReason, stateReasonData, zonedTime } from './alarm-reason.ts';
import { CloudWatchError } from './cloudwatch-error.ts';
import { AlarmHistory } from './alarm-history.ts';
import { floor } from './metric-store.ts';

export type AlarmAction = { readonly actionArn: string; readonly event: AlarmStateChange };

export type AlarmListeners = {
  readonly stateChange: ((event: AlarmStateChange) => void)[];
  readonly action: ((action: AlarmAction) => void)[];
};

/** Periods beyond EvaluationPeriods in which real datapoints are looked for; AWS does not say how many it takes. */
const extraPeriods = 2;

/** All alarms, and what makes them change. */
export class AlarmStore {
  readonly history = new AlarmHistory();
  readonly listeners: AlarmListeners = { stateChange: [], action: [] };
  private readonly alarms = new Map<string, Alarm>();
  private readonly clock: Clock;
  private readonly home: { readonly region: string; readonly accountId: string };

  constructor(clock: Clock, home: { readonly region: string; readonly accountId: string }) {
    this.clock = clock;
    this.home = home;
  }

  all(): readonly Alarm[] {
    return [...this.alarms.values()].toSorted((a, b) => (a.input.AlarmName < b.input.AlarmName ? -1 : 1));
  }

  find(name: string): Alarm | undefined {
    return this.alarms.get(name);
  }

  /** @throws CloudWatchError ResourceNotFound */
  get(name: string): Alarm {
    const found = this.alarms.get(name);
    if (found === undefined) throw new CloudWatchError('ResourceNotFound', `Unknown alarm ${name}`);
    return found;
  }

  arnOf(name: string): string {
    return `arn:aws:cloudwatch:${this.home.region}:${this.home.accountId}:alarm:${name}`;
  }

  /** An alarm that exists keeps its state until it is evaluated. */
  put(alarm: Alarm): void {
    const name = alarm.input.AlarmName;
    const isNew = !this.alarms.has(name);
    this.alarms.set(name, alarm);
    this.history.add(
      alarm,
      'ConfigurationUpdate',
      this.clock.now(),
      `Alarm "${name}" ${isNew ? 'created' : 'updated'}`,
      {
        version: '1.0',
        type: isNew ? 'Create' : 'Update',
      },
    );
    if (alarm.kind === 'MetricAlarm') this.evaluate(alarm);
    else this.evaluateComposite(alarm);
  }

  delete(name: string): void {
    this.alarms.delete(name);
  }

  initialState(name: string): AlarmState {
    const now = this.clock.now();
    const reason = 'Unchecked: Initial alarm creation';
    const fresh = { value: 'INSUFFICIENT_DATA', reason, updatedAt: now, transitionedAt: now } as const;
    return this.alarms.get(name)?.state ?? { ...fresh, reasonData: undefined };
  }

  evaluateAll(): void {
    for (const alarm of this.alarms.values()) if (alarm.kind === 'MetricAlarm') this.evaluate(alarm);
  }

  /** As SetAlarmState: a metric alarm keeps it for one period, a composite until a child changes. */
  force(alarm: Alarm, value: StateValue, reason: string, reasonData: string | undefined): void {
    if (alarm.kind === 'MetricAlarm') alarm.heldUntil = this.clock.now() + alarm.series.period * 1000;
    this.change(alarm, value, reason, reasonData);
  }

  private evaluate(alarm: MetricAlarm): void {
    const now = this.clock.now();
    if (now < alarm.heldUntil) return;
    const range = rangeOf(alarm, now);
    const latest = range.at(-1);
    const { EvaluateLowSampleCountPercentile: low } = alarm.input;
    if (low === 'ignore' && latest?.value !== undefined && !alarm.series.hasEnoughSamples(latest.start))
      return;
    const verdict = judge(range, alarm.state.value, alarm.criteria);
    if (verdict.state === alarm.state.value) return;
    const { Statistic, ExtendedStatistic, Threshold } = alarm.input;
    const data = {
      period: alarm.series.period,
      statistic: Statistic ?? ExtendedStatistic,
      threshold: Threshold,
    };
    const reason = stateReason(alarm.state.value, verdict, alarm.criteria);
    this.change(alarm, verdict.state, reason, stateReasonData(now, verdict, data));
  }

  /** `cause` is the child that changed; none when the alarm itself was put. */
  private evaluateComposite(alarm: CompositeAlarm, cause?: Alarm): void {
    const children = alarm.rule.children.flatMap((name) => this.alarms.get(name) ?? []);
    const stateOf = (name: string) => this.alarms.get(name)?.state.value ?? 'INSUFFICIENT_DATA';
    const value = alarm.rule.holds(stateOf) ? 'ALARM' : 'OK';
    if (value === alarm.state.value) return;
    const triggeringAlarms = children.map(({ arn, state }) => ({
      arn,
      state: { value: state.value, timestamp: zonedTime(state.updatedAt) },
    }));
    const reason =
      cause === undefined
        ? `${alarm.arn} was created and its alarm rule evaluates to ${value}`
        : `${cause.arn} transitioned to ${cause.state.value} at ${longTime(cause.state.updatedAt)}`;
    this.change(alarm, value, reason, JSON.stringify({ triggeringAlarms }));
  }

  private change(alarm: Alarm, value: StateValue, reason: string, reasonData: string | undefined): void {
    const previous = alarm.state;
    const updatedAt = this.clock.now();
    const transitionedAt = value === previous.value ? previous.transitionedAt : updatedAt;
    alarm.state = { value, reason, reasonData, updatedAt, transitionedAt };
    if (value === previous.value) return;
    this.history.addTransition(alarm, previous);
    const event = alarmStateChange(alarm, previous, this.home);
    for (const listener of this.listeners.stateChange) listener(event);
    if (alarm.actionsEnabled) this.act(alarm, event);
    const name = alarm.input.AlarmName;
    for (const parent of this.alarms.values())
      if (parent.kind === 'CompositeAlarm' && parent.rule.children.includes(name))
        this.evaluateComposite(parent, alarm);
  }

  private act(alarm: Alarm, event: AlarmStateChange): void {
    for (const actionArn of actionsFor(alarm, alarm.state.value)) {
      for (const listener of this.listeners.action) listener({ actionArn, event });
      const outcome = this.listeners.action.length > 0 ? 'Successfully executed' : 'Failed to execute';
      this.history.add(alarm, 'Action', this.clock.now(), `${outcome} action ${actionArn}`, { actionArn });
    }
  }
}

/**
 * The periods to judge, oldest first. Sooner than AWS on purpose: an alarm that looks upward sees the period that is
 * not over as soon as it has data, so that a breach is felt at once. One that looks downward would take a period that
 * has only begun for a quiet one.
 */
function rangeOf({ series, criteria }: MetricAlarm, now: number): readonly Datapoint[] {
  const step = series.period * 1000;
  const current = floor(now, step);
  const seesCurrent = looksUpward(criteria.ComparisonOperator) && series.at(current) !== undefined;
  const last = seesCurrent ? current : current - step;
  const length = criteria.EvaluationPeriods + extraPeriods;
  return Array.from({ length }, (_, index) => {
    const start = last - (length - 1 - index) * step;
    return { start, value: series.at(start) };
  });
}
