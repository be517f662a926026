import { expect, test } from 'vitest';
import { median, plain, resultsTable } from '../../bench/backfill/results.ts';

const machine = { cpu: 'a core', cores: 2, memoryGB: 8, node: 'v24', postgres: '18', at: '2026-11-29' };

test('a ratio is that of one round; the median is shown with the lowest and the highest', () => {
  const table = resultsTable({
    machine,
    rows: 1_000_000,
    rounds: 3,
    subjects: [{ subject: 'rename', ways: { [plain]: [100, 200, 50], path: [50, 200, 100] } }],
  });
  expect(table.split('\n').at(-1)).toBe('| rename | path | 100 | 1.00 (0.50 to 2.00) |  |');
  expect(table).toContain(
    '3 rounds of 1,000,000 rows, 2026-11-29; PostgreSQL 18, Node v24, 2 cores (a core), 8 GB.',
  );
});

test('the median of an even number is in the middle of two', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
});
