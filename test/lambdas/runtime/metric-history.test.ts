import { CloudWatchClient, type GetMetricDataCommandInput } from '@aws-sdk/client-cloudwatch';
import { describe, expect, test } from 'vitest';
import { AlarmHistories } from '../../../lambdas/runtime/alarm-history.ts';
import { MetricHistory, periodFor } from '../../../lambdas/runtime/metric-history.ts';
import { Namespace, scene } from '../../rehearsal/cloud/cloudwatch/scene.ts';

const wanted = (metric: string, statistic: string) => ({
  namespace: Namespace,
  metric,
  dimensions: {},
  statistic,
});

test('metrics come by the name that the caller gave them, oldest first, from the period on that had begun', async () => {
  const { client, clock, put } = await scene();
  const start = Math.floor(clock.now() / 60_000) * 60_000;
  await put('Rows', 5, { Timestamp: new Date(start - 60_000) });
  await put('Rows', 7, { Timestamp: new Date(start) });
  await put('Rows', 1, { Timestamp: new Date(start) });
  await put('Blocked', 3, { Timestamp: new Date(start) });
  const found = await new MetricHistory(client).read(
    { rows: wanted('Rows', 'Sum'), blocked: wanted('Blocked', 'Maximum'), none: wanted('Nothing', 'Sum') },
    { fromMs: start - 1000, toMs: start + 60_000, periodSeconds: 60 },
  );
  expect(found('rows')).toEqual([
    { atMs: start - 60_000, value: 5 },
    { atMs: start, value: 8 },
  ]);
  expect(found('blocked')).toEqual([{ atMs: start, value: 3 }]);
  expect(found('none')).toEqual([]);
});

test('an answer in pages is read to its end', async () => {
  const asked: GetMetricDataCommandInput[] = [];
  // Only the operation that pages is answered here; the wire is the test above.
  const client = Object.assign(new CloudWatchClient({ region: 'us-east-1' }), {
    send: ({ input }: { readonly input: GetMetricDataCommandInput }) => {
      asked.push(input);
      const at = new Date(asked.length * 60_000);
      return Promise.resolve({
        MetricDataResults: [{ Id: 'm0', Timestamps: [at], Values: [asked.length] }],
        ...(asked.length < 3 ? { NextToken: String(asked.length) } : {}),
      });
    },
  });
  const found = await new MetricHistory(client).read(
    { rows: wanted('Rows', 'Sum') },
    { fromMs: 0, toMs: 300_000, periodSeconds: 60 },
  );
  expect(found('rows').map(({ value }) => value)).toEqual([1, 2, 3]);
  expect(asked.map(({ NextToken }) => NextToken)).toEqual([undefined, '1', '2']);
});

const day = 86_400_000;
describe('the period', () => {
  test.each([
    ['an hour ago', 3_600_000, 60],
    ['a day', day, 120],
    ['twelve days', 12 * day, 780],
    ['three weeks, of which minutes are gone', 21 * day, 1500],
    ['a quarter, of which only hours are left', 92 * day, 7200],
  ])('of %s is coarse enough for a page and not finer than what is kept', (_, spanMs, seconds) => {
    const now = Date.parse('2026-07-24T00:00:00Z');
    expect(periodFor(now - spanMs, now, now)).toBe(seconds);
  });
});

test('alarms tell when they went on and off, and a composite by which of its alarms', async () => {
  const { client, clock, alarm, put } = await scene();
  await alarm({ TreatMissingData: 'notBreaching' });
  const from = clock.now();
  await put('Errors', 1000);
  const changes = await new AlarmHistories(client).changes(
    ['errors', 'nobody'],
    from - 1000,
    clock.now() + 1000,
  );
  expect(changes.map(({ alarm: name, state }) => [name, state])).toContainEqual(['errors', 'ALARM']);
  const later = await new AlarmHistories(client).changes(['errors'], clock.now() + 1000, clock.now() + 2000);
  expect(later).toEqual([]);
});
