import { afterEach, beforeEach, expect, test, vi } from 'vitest';

const written: { readonly stream: 'stdout' | 'stderr'; readonly text: string }[] = [];

beforeEach(() => {
  written.length = 0;
  vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false');
  vi.stubEnv('POWERTOOLS_SERVICE_NAME', 'underpin');
  vi.resetModules();
  for (const stream of ['stdout', 'stderr'] as const)
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      written.push({ stream, text: String(text) });
      return true;
    });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  vi.resetModules();
});

const lines = (): readonly unknown[] => written.map(({ text }) => JSON.parse(text));

test('what was measured is one line, over all migrations of a target and for the one, and nothing is said beside it', async () => {
  const { publish, publishOpen } = await import('../../../lambdas/runtime/metrics.ts');
  publish({ migration: 'm', target: 'shop' }, { RowsWalked: 3, PercentDone: 12.5 });
  publish({ migration: 'n', target: 'stock' }, { ReadShare: 1 });
  publishOpen({ name: 'shop' }, 2);
  expect(written.map(({ stream }) => stream)).toEqual(['stdout', 'stdout', 'stdout']);
  const both = [
    ['service', 'target'],
    ['service', 'target', 'migration'],
  ];
  const embedded = (Dimensions: readonly (readonly string[])[], Metrics: readonly unknown[]) => ({
    Timestamp: expect.any(Number),
    CloudWatchMetrics: [{ Namespace: 'Underpin', Dimensions, Metrics }],
  });
  expect(lines()).toEqual([
    {
      _aws: embedded(both, [
        { Name: 'RowsWalked', Unit: 'Count' },
        { Name: 'PercentDone', Unit: 'Percent' },
      ]),
      service: 'underpin',
      target: 'shop',
      migration: 'm',
      RowsWalked: 3,
      PercentDone: 12.5,
    },
    {
      _aws: embedded(both, [{ Name: 'ReadShare', Unit: 'Percent' }]),
      service: 'underpin',
      target: 'stock',
      migration: 'n',
      ReadShare: 1,
    },
    {
      _aws: embedded([['service', 'target']], [{ Name: 'OpenMigrations', Unit: 'Count' }]),
      service: 'underpin',
      target: 'shop',
      OpenMigrations: 2,
    },
  ]);
});
