import { expect, test } from 'vitest';
import { deploymentSchedule } from '../../../../rehearsal/cloud/appconfig/deployment-schedule.ts';

test('linear growth of 20 over half an hour is five steps, the first at once', () => {
  const steps = deploymentSchedule({
    DeploymentDurationInMinutes: 30,
    GrowthFactor: 20,
    GrowthType: 'LINEAR',
  });
  expect(steps).toEqual(
    [20, 40, 60, 80, 100].map((percentage, turn) => ({ atMs: turn * 360_000, percentage })),
  );
});

test('exponential growth doubles', () => {
  const steps = deploymentSchedule({
    DeploymentDurationInMinutes: 20,
    GrowthFactor: 10,
    GrowthType: 'EXPONENTIAL',
  });
  expect(steps.map((it) => it.percentage)).toEqual([10, 20, 40, 80, 100]);
});

test('without a duration everybody gets it in one step', () => {
  const steps = deploymentSchedule({
    DeploymentDurationInMinutes: 0,
    GrowthFactor: 20,
    GrowthType: 'LINEAR',
  });
  expect(steps).toEqual([{ atMs: 0, percentage: 100 }]);
});
