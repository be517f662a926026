import type { ComparisonOperator, StateValue, TreatMissingData } from './alarm-input.ts';

/** One period of the evaluation range; no value where no data came. */
export type Datapoint = { readonly start: number; readonly value: number | undefined };

export type Criteria = {
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm: number;
  readonly Threshold: number;
  readonly ComparisonOperator: ComparisonOperator;
  readonly TreatMissingData: TreatMissingData;
};

export type Verdict = {
  readonly state: StateValue;
  /** The datapoints that decided, oldest first. */
  readonly decisive: readonly (Datapoint & { readonly value: number })[];
  readonly missing: number;
};

const breaches: { readonly [C in ComparisonOperator]: (value: number, threshold: number) => boolean } = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

/**
 * Judges an evaluation range, oldest period first, by the tables of "Configuring how CloudWatch alarms treat missing
 * data". The range is longer than EvaluationPeriods: real datapoints in it are used before missing ones count.
 */
export function judge(range: readonly Datapoint[], current: StateValue, criteria: Criteria): Verdict {
  const { EvaluationPeriods, DatapointsToAlarm: needed, Threshold, ComparisonOperator } = criteria;
  const isBreaching = (value: number) => breaches[ComparisonOperator](value, Threshold);
  const real = range.flatMap((it) => (it.value === undefined ? [] : [{ ...it, value: it.value }]));
  const decisive = real.slice(-EvaluationPeriods);
  const missing = EvaluationPeriods - decisive.length;
  const breaching = decisive.filter((it) => isBreaching(it.value));
  const oldestBreach = range.findIndex((it) => it.value !== undefined && isBreaching(it.value));
  const state = (): StateValue => {
    if (breaching.length >= needed) return 'ALARM';
    if (missing === 0 || criteria.TreatMissingData === 'notBreaching') return 'OK';
    if (criteria.TreatMissingData === 'breaching')
      return breaching.length + missing >= needed ? 'ALARM' : 'OK';
    if (breaching.length < decisive.length) return 'OK';
    // From here on every datapoint there is breaches, or there is none.
    if (criteria.TreatMissingData === 'ignore') return current;
    if (decisive.length === 0) return 'INSUFFICIENT_DATA';
    // Not so recent that the next periods could still make it healthy: a breach that waited long enough counts.
    return range.length - oldestBreach >= needed ? 'ALARM' : current;
  };
  return { state: state(), decisive, missing };
}

/** Which way an alarm looks: upward ones may be judged by a period that is not over, downward ones never. */
export function looksUpward(operator: ComparisonOperator): boolean {
  return operator === 'GreaterThanThreshold' || operator === 'GreaterThanOrEqualToThreshold';
}
