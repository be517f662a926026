import { expect, test } from 'vitest';
import { fittingLines } from '../../cli/status/fitting-lines.ts';

const page = ['name', '  running', '', '  phase 1', '  phase 2', '  gate', '  To approve: …'];

test('a page that the terminal can hold is shown whole', () => {
  expect(fittingLines(page, { rows: 8, columns: 80 })).toEqual(page);
  expect(fittingLines(page, { columns: 80 })).toEqual(page);
});

test('a longer one keeps its head and its end, and says what is left out', () => {
  expect(fittingLines(page, { rows: 6, columns: 80 })).toEqual([
    'name',
    '  running',
    '  … 3 lines more: make the window higher',
    '  gate',
    '  To approve: …',
  ]);
});

test('a line that is wider than the terminal takes more than one of its lines', () => {
  const shown = fittingLines(['name', '  running', '  phase', `  ${'x'.repeat(30)}`], {
    rows: 6,
    columns: 20,
  });
  expect(shown).toEqual(['name', '  running', '  phase', `  ${'x'.repeat(30)}`]);
  expect(fittingLines(shown, { rows: 5, columns: 20 }).at(-1)).toBe(
    '  … 2 lines more: make the window higher',
  );
});

test('a terminal too low for anything still shows which migration it is', () => {
  expect(fittingLines(page, { rows: 2, columns: 80 })[0]).toBe('name');
});
