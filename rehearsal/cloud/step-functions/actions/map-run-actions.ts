import { z } from 'zod';
import type { MapRun } from '../map-run.ts';
import { action, page, paging, type Action } from './action.ts';

export const mapRunActions: Readonly<Record<string, Action>> = {
  DescribeMapRun: action(z.strictObject({ mapRunArn: z.string() }), ({ mapRunArn }, { executions }) => {
    const mapRun = executions.mapRun(mapRunArn);
    const { settings, origin, redriveCount, redriveDate } = mapRun;
    return {
      ...dates(mapRun),
      mapRunArn,
      executionArn: origin.executionArn,
      status: mapRun.status,
      maxConcurrency: settings.maxConcurrency,
      toleratedFailureCount: settings.toleratedFailureCount ?? 0,
      toleratedFailurePercentage: settings.toleratedFailurePercentage ?? 0,
      itemCounts: mapRun.itemCounts(),
      executionCounts: mapRun.executionCounts(),
      redriveCount,
      ...(redriveDate === undefined ? {} : { redriveDate }),
    };
  }),

  ListMapRuns: action(z.strictObject({ executionArn: z.string(), ...paging }), (request, { executions }) => {
    const machine = executions.get(request.executionArn).beginning.machine;
    const own = executions.mapRuns().filter(({ origin }) => origin.executionArn === request.executionArn);
    const { items, ...next } = page(own, request);
    const mapRuns = items.map((mapRun) => ({
      ...dates(mapRun),
      executionArn: request.executionArn,
      mapRunArn: mapRun.origin.arn,
      stateMachineArn: `${machine.arn}/${mapRun.origin.machine.split('/').at(-1) ?? ''}`,
    }));
    return { mapRuns, ...next };
  }),
};

const dates = ({ startDate, stopDate }: MapRun) => ({
  startDate,
  ...(stopDate === undefined ? {} : { stopDate }),
});
