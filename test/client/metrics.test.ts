import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { embeddedMetrics, type Published } from '../../client/embedded-metrics.ts';
import { Histogram } from '../../client/histogram.ts';
import { Measurements } from '../../client/measurements.ts';
import { defaultNamespace, metricUnits } from '../../client/metric-names.ts';
import { onlyNew } from '../../client/index.ts';
import { guardrailAlarms } from '../../infra/constructs/guardrail-alarms.ts';
import {
  applicationMetrics,
  applicationNamespace,
  readDimensions,
} from '../../lambdas/runtime/metric-names.ts';
import { startCloudWatch } from '../../rehearsal/cloud/cloudwatch/cloudwatch.ts';
import { readEmbeddedMetrics } from '../../rehearsal/cloud/cloudwatch/embedded-metrics.ts';
import { LogMetrics } from '../../rehearsal/deployment/log-metrics.ts';
import { placeOf } from '../../rehearsal/deployment/services.ts';
import { flag, membersOf } from './scene.ts';

const published: Published = {
  namespace: defaultNamespace,
  migration: 'rename-users-email',
  target: 'shop',
  resolution: 60,
  timestamp: 1_767_225_600_000,
  breakerOpen: false,
};

/** A minute in which much happened. */
function busy(clock = { now: 0 }): Measurements {
  const measurements = new Measurements(() => clock.now);
  for (let read = 0; read < 300; read += 1) {
    clock.now += 100;
    measurements.answered('old', 10);
    measurements.answered('new', read % 10 === 0 ? 20 : 11);
    measurements.judged(false);
  }
  for (let read = 0; read < 3; read += 1) {
    measurements.fellBack();
    measurements.judged(true);
    measurements.answered('old', 10);
  }
  measurements.failed('old');
  for (const isSame of [true, true, false]) measurements.compared(isSame);
  measurements.wrotePartially();
  return measurements;
}

describe('the metrics', () => {
  test('are these lines', async () => {
    const lines = embeddedMetrics(busy().report(), published);
    const readable = lines.map((line) => JSON.stringify(JSON.parse(line), shortened, 2)).join('\n');
    await expect(`${readable}\n`).toMatchFileSnapshot('../golden/client/embedded-metrics.json');
  });

  test('are those that the stack knows, in the namespace where it looks', () => {
    expect(metricUnits).toEqual(applicationMetrics);
    expect(defaultNamespace).toBe(applicationNamespace);
  });

  test('hold, of the whole target, what each alarm on the application watches', () => {
    const told = embeddedMetrics(busy().report(), published).flatMap(
      (line) => readEmbeddedMetrics(line) ?? [],
    );
    const bare = told.flatMap(({ namespace, data }) =>
      data.flatMap(({ MetricName, Dimensions }) =>
        JSON.stringify(Dimensions) === JSON.stringify([{ Name: 'target', Value: 'shop' }])
          ? [`${namespace} ${MetricName}`]
          : [],
      ),
    );
    const watched = guardrailAlarms(
      {
        prefix: 'underpin',
        target: 'shop',
        engine: 'postgres',
        clusterIdentifier: 'c',
        applicationNamespace: defaultNamespace,
      },
      limits,
    ).flatMap(({ metric }) => {
      const { metricStat } = metric.toMetricConfig();
      return metricStat?.namespace === defaultNamespace
        ? [`${defaultNamespace} ${metricStat.metricName}`]
        : [];
    });
    expect(watched.length).toBeGreaterThan(1);
    expect(new Set(bare)).toEqual(new Set(watched));
  });

  test('of nothing are no lines', () => {
    expect(embeddedMetrics(new Measurements().report(), published)).toEqual([]);
    const measurements = busy();
    measurements.report();
    expect(embeddedMetrics(measurements.report(), published).map(membersOf)).toEqual([]);
  });

  test('have no rate and no ratio from too few reads, and forget both after a minute', () => {
    const clock = { now: 0 };
    const measurements = new Measurements(() => clock.now);
    const good = (ms: number): void => {
      measurements.answered('new', ms);
      measurements.judged(false);
    };
    measurements.judged(true);
    for (let read = 0; read < 48; read += 1) good(1);
    expect(measurements.report().errorRate).toBe(undefined);
    good(1);
    expect(measurements.report().errorRate).toBe(1 / 50);
    for (let read = 0; read < 200; read += 1) measurements.answered('old', 1);
    for (let read = 0; read < 150; read += 1) measurements.answered('new', 3);
    expect(measurements.report().latencyRatio).toBe(undefined);
    measurements.answered('new', 3);
    expect(measurements.report().latencyRatio).toBeCloseTo(3, 1);
    clock.now += 60_000;
    measurements.answered('new', 3);
    expect(measurements.report()).toMatchObject({ errorRate: undefined, latencyRatio: undefined });
  });

  test('take the same memory however many reads there are', () => {
    const measurements = new Measurements();
    for (let read = 0; read < 1000; read += 1) measurements.answered('new', read % 37);
    const before = sizeOf(measurements.report());
    for (let read = 0; read < 300_000; read += 1) measurements.answered('new', read % 37);
    expect(sizeOf(measurements.report())).toBeLessThan(before * 1.2);
  });
});

describe('a histogram', () => {
  test('knows any percentile within 1 %', () => {
    const histogram = new Histogram();
    for (let ms = 1; ms <= 10_000; ms += 1) histogram.add(ms / 10);
    for (const percent of [1, 50, 95, 99, 100]) {
      const exact = percent * 10;
      expect(Math.abs(histogram.percentile(percent) - exact) / exact).toBeLessThan(0.011);
    }
  });

  test('is sampled so that the sample has its percentiles, and by everyone where they are few', () => {
    const histogram = new Histogram();
    for (let ms = 1; ms <= 10_000; ms += 1) histogram.add(ms / 10);
    const sample = histogram.sample(100);
    expect(sample.length).toBe(100);
    expect(Math.abs((sample[94] ?? 0) - 945) / 945).toBeLessThan(0.02);
    const few = new Histogram();
    for (const ms of [5, 1, 3]) few.add(ms);
    expect(few.sample(100).map(Math.round)).toEqual([1, 3, 5]);
    expect(new Histogram().sample(100)).toEqual([]);
  });

  test('takes whatever a clock gives', () => {
    const histogram = new Histogram();
    for (const ms of [0, -1, 1e9, Number.NaN]) histogram.add(ms);
    expect(histogram.total).toBe(4);
    expect(histogram.percentile(100)).toBeGreaterThan(60_000);
  });
});

test('what an application writes on its stdout is answered by GetMetricData, by migration and path', async () => {
  const cloudWatch = await startCloudWatch({ anyShortPeriod: true });
  const log = new LogMetrics(cloudWatch);
  const began = Date.now();
  const users = onlyNew({ flag, metrics: { resolution: 1, write: (line) => log.take(line) } });
  for (let read = 0; read < 7; read += 1) await users.read(read, { new: () => read });
  await users.close();
  log.take('a line without metrics');
  log.take('{"level":"INFO"}');
  await log.close();
  const client = new CloudWatchClient(placeOf(cloudWatch));
  const { MetricDataResults = [] } = await client.send(
    new GetMetricDataCommand({
      StartTime: new Date(began - 1000),
      EndTime: new Date(Date.now() + 1000),
      MetricDataQueries: (['old', 'new'] as const).map((path) => ({
        Id: path,
        MetricStat: {
          Metric: {
            Namespace: applicationNamespace,
            MetricName: 'Reads',
            Dimensions: [...readDimensions({ migration: 'rename-users-email', target: 'shop' }, path)],
          },
          Period: 1,
          Stat: 'Sum',
        },
      })),
    }),
  );
  client.destroy();
  await cloudWatch.close();
  const sums = MetricDataResults.map(({ Id, Values = [] }) => [
    Id,
    Values.reduce((sum, one) => sum + one, 0),
  ]);
  expect(sums).toEqual([
    ['old', 0],
    ['new', 7],
  ]);
});

test('a line that CloudWatch Logs would drop in silence is an error in a rehearsal', async () => {
  const cloudWatch = await startCloudWatch();
  const log = new LogMetrics(cloudWatch);
  log.take(
    embeddedMetrics(busy().report(), published)[0]?.replace('"ReadErrors":1', '"ReadErrors":"1"') ?? '',
  );
  await expect(log.close()).rejects.toThrow('ReadErrors');
  await cloudWatch.close();
});

test.each([
  ['too many values', { Reads: Array.from({ length: 101 }, () => 1) }],
  ['no values', { Reads: [] }],
  ['no such member', {}],
])('metrics with %s are refused', (_, members) => {
  const metadata = { Namespace: 'N', Dimensions: [[]], Metrics: [{ Name: 'Reads' }] };
  const line = JSON.stringify({ _aws: { Timestamp: 1, CloudWatchMetrics: [metadata] }, ...members });
  expect(() => readEmbeddedMetrics(line)).toThrow('Reads');
});

test.each([
  ['dimensions without their member', { Dimensions: [['a']] }, 'Dimensions'],
  ['what the format does not know', { More: 1 }, 'More'],
])('metrics with %s are refused', (_, more, named) => {
  const metadata = { Namespace: 'N', Dimensions: [[]], Metrics: [{ Name: 'Reads' }], ...more };
  const line = JSON.stringify({ _aws: { Timestamp: 1, CloudWatchMetrics: [metadata] }, Reads: 1 });
  expect(() => readEmbeddedMetrics(line)).toThrow(named);
});

test('the client names nothing of ours and no package', () => {
  const files = ['agent', 'breaker', 'comparison', 'index', 'measurements', 'options', 'read-switch'];
  for (const file of files)
    for (const [, from = ''] of readFileSync(`client/${file}.ts`, 'utf8').matchAll(/from '([^']+)'/gu))
      expect(from).toMatch(/^(?:node:|\.\/)/u);
});

const limits = {
  replicaLagMs: 1,
  deadlocksPerSecond: 1,
  loadPercent: 1,
  commitLatencyMs: 1,
  connections: 1,
  historyList: 1,
  blockedSessions: 1,
  slowStatements: 5,
  stalledSeconds: 1,
  stubbornRows: 1,
  readErrorRate: 1,
  readLatencyRatio: 1,
  breakersOpen: 1,
};

const sizeOf = (value: unknown): number => JSON.stringify(value).length;

/** A golden file that can be read: of many latencies the first and the last. */
const shortened = (key: string, value: unknown): unknown =>
  key === 'ReadLatency' && Array.isArray(value)
    ? `${value.length} values from ${value[0]} to ${value.at(-1)}`
    : value;
