import { expect, test } from 'vitest';
import { tableLines } from '../../cli/status/table.ts';

const table = {
  head: ['MIGRATION', 'STATUS', 'PHASE', 'WAITS FOR'],
  rows: [
    ['rename-users-email', 'running', 'confidence', 'the end of confidence-3'],
    ['users-add-locale', 'completed', '', ''],
  ],
  first: 2,
};
const plain = (cell: string): string => cell;

test('a table that fits takes one line a row', () => {
  expect(tableLines(table, 80, plain)).toEqual([
    'MIGRATION           STATUS     PHASE       WAITS FOR',
    'rename-users-email  running    confidence  the end of confidence-3',
    'users-add-locale    completed',
  ]);
});

test('one that does not fit goes on below, and no line is wider than the terminal', () => {
  const lines = tableLines(table, 60, plain);
  expect(lines).toEqual([
    'MIGRATION           STATUS',
    'rename-users-email  running',
    '  phase confidence, waits for the end of confidence-3',
    'users-add-locale    completed',
  ]);
});
