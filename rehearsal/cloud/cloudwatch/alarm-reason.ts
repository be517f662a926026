import type { Criteria, Datapoint, Verdict } from './alarm-evaluation.ts';
import type { ComparisonOperator, StateValue } from './alarm-input.ts';

const words: { readonly [C in ComparisonOperator]: string } = {
  GreaterThanOrEqualToThreshold: 'greater than or equal to',
  GreaterThanThreshold: 'greater than',
  LessThanThreshold: 'less than',
  LessThanOrEqualToThreshold: 'less than or equal to',
};

/** Why the state changes, in the words of CloudWatch. People read it; nobody should parse it. */
export function stateReason(previous: StateValue, verdict: Verdict, criteria: Criteria): string {
  const { state, decisive, missing } = verdict;
  const { DatapointsToAlarm, EvaluationPeriods, Threshold, ComparisonOperator, TreatMissingData } = criteria;
  const unknown = `${missing} datapoint${missing === 1 ? '' : 's'}`;
  if (state === 'INSUFFICIENT_DATA')
    return `Insufficient Data: ${unknown} ${missing === 1 ? 'was' : 'were'} unknown.`;
  if (decisive.length === 0)
    return `Threshold Crossed: no datapoints were received for ${missing} periods and ${unknown} were treated as [${TreatMissingData}].`;
  const values = decisive.toReversed().map((it) => `${decimal(it.value)} (${shortTime(it.start)})`);
  const verb = `${decisive.length === 1 ? 'was' : 'were'}${state === 'OK' ? ' not' : ''}`;
  const least = state === 'ALARM' ? DatapointsToAlarm : EvaluationPeriods - DatapointsToAlarm + 1;
  return (
    `Threshold Crossed: ${decisive.length} out of the last ${EvaluationPeriods} datapoints [${values.join(', ')}] ` +
    `${verb} ${words[ComparisonOperator]} the threshold (${decimal(Threshold)}) ` +
    `(minimum ${least} datapoint${least === 1 ? '' : 's'} for ${previous} -> ${state} transition).`
  );
}

/** The JSON text of `reasonData`. */
export function stateReasonData(
  now: number,
  verdict: Verdict,
  alarm: { readonly period: number; readonly statistic: string | undefined; readonly threshold: number },
): string {
  const [oldest] = verdict.decisive;
  return JSON.stringify({
    version: '1.0',
    queryDate: zonedTime(now),
    ...(oldest === undefined ? {} : { startDate: zonedTime(oldest.start) }),
    ...(alarm.statistic === undefined ? {} : { statistic: alarm.statistic }),
    period: alarm.period,
    recentDatapoints: verdict.decisive.map((it: Datapoint) => it.value),
    threshold: alarm.threshold,
  });
}

/** `2019-10-02T17:04:40.989+0000`, as alarm events write times. */
export function zonedTime(at: number): string {
  return new Date(at).toISOString().replace('Z', '+0000');
}

/** `Friday 22 July, 2022 15:57:45 UTC` */
export function longTime(at: number): string {
  const date = new Date(at);
  const [weekday, day, month, year] = (
    [{ weekday: 'long' }, { day: '2-digit' }, { month: 'long' }, { year: 'numeric' }] as const
  ).map((part) => date.toLocaleDateString('en-GB', { ...part, timeZone: 'UTC' }));
  return `${weekday} ${day} ${month}, ${year} ${date.toISOString().slice(11, 19)} UTC`;
}

function decimal(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

/** `02/10/19 16:59:00` */
function shortTime(at: number): string {
  const [date = '', time = ''] = new Date(at).toISOString().split('T');
  const [year = '', month = '', day = ''] = date.split('-');
  return `${day}/${month}/${year.slice(2)} ${time.slice(0, 8)}`;
}
