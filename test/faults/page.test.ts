import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { cellResult, cells } from './cell.ts';
import { isAsItMust, page, pageFile, resultsFile } from './page.ts';

const results = z.record(z.string(), cellResult).parse(JSON.parse(readFileSync(resultsFile, 'utf8')));

test('docs/faults.md is what the runs of exactly these cells have written', () => {
  const known = new Set(cells.map(({ id }) => id));
  expect(Object.keys(results).filter((id) => !known.has(id))).toEqual([]);
  expect(readFileSync(pageFile, 'utf8')).toBe(page(cells, results));
});

test('every published cell ended as it must', () => {
  expect(
    cells
      .filter(({ id }) => results[id] !== undefined)
      .filter((cell) => !isAsItMust(cell, results[cell.id]))
      .map(({ id }) => id),
  ).toEqual([]);
});
