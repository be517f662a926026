import { stripVTControlCharacters } from 'node:util';
import type { Screen } from '../screen.ts';

const sum = (of: readonly number[]): number => of.reduce((total, height) => total + height, 0);

/** What a page must not lose: which migration it is, and its state. */
const headLines = 2;

/**
 * A page as a terminal can hold it. Longer than the terminal is high, it would push its own head out at the top each time that it is
 * drawn. What waits, and the commands that answer it, stand at its end; so what is left out is the middle.
 */
export function fittingLines(
  lines: readonly string[],
  { rows, columns }: Pick<Screen, 'rows' | 'columns'>,
): readonly string[] {
  // The cursor stands in the line after the last.
  const room = (rows ?? Infinity) - 1;
  const heights = lines.map((line) =>
    Math.max(1, Math.ceil(stripVTControlCharacters(line).length / columns)),
  );
  if (sum(heights) <= room) return lines;
  const head = lines.slice(0, headLines);
  let from = headLines;
  while (from < lines.length && sum(heights.slice(0, headLines)) + 1 + sum(heights.slice(from)) > room)
    from++;
  return [...head, `  … ${from - headLines} lines more: make the window higher`, ...lines.slice(from)];
}
