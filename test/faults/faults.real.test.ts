import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { Arena } from './arena.ts';
import { cells, recordedPath } from './cell.ts';
import { isAsItMust } from './page.ts';
import { pathOf } from './paths.ts';
import { recordPath, runCell } from './run-cells.ts';

let arena: Arena;
beforeAll(async () => {
  arena = await Arena.open(inject('programs'));
});
afterAll(() => arena.close());

test('every kind of call that a path makes has its cells', async () => {
  const kinds = ({
    calls,
  }: {
    readonly calls: readonly { readonly state: string; readonly call: string }[];
  }) => calls.map(({ state, call }) => `${state}: ${call}`).toSorted();
  const { calls, leaves } = await recordPath(arena, pathOf('drop-not-null'));
  expect(kinds({ calls })).toEqual(kinds(recordedPath('drop-not-null')));
  expect(leaves).toEqual(recordedPath('drop-not-null').leaves);
});

// Each fault of a call once, at several services, an event of the database, and one of the machine.
const sample = cells.filter(({ id }) =>
  [
    'drop-not-null | Plan the migration | lambda.PlanMigration 1 | lost answer',
    'drop-not-null | Add the new shape | rds-data.ExecuteStatement 4 | lost answer',
    'drop-not-null | Add the new shape | rds-data.ExecuteStatement 4 | network error',
    'drop-not-null | Add the new shape | cloudwatch.DescribeAlarms 1 | throttled',
    'drop-not-null | Close the migration | rds-data.ExecuteStatement 1 | 5xx',
    'drop-not-null | Add the new shape | lambda.ApplyPhase 1 | twice',
    'drop-not-null | Tell people how it ended | sns.Publish 1 | late',
    'drop-not-null | Add the new shape | restart',
    'drop-not-null | Add the new shape | stopped, started again',
  ].includes(id),
);

test('the sample names cells that there are', () => {
  expect(sample).toHaveLength(9);
});

test.each(sample)('$id', async (cell) => {
  const result = await runCell(arena, cell);
  expect([isAsItMust(cell, result), result]).toEqual([true, result]);
});
