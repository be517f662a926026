import { stripVTControlCharacters } from 'node:util';
import type { Screen } from '../screen.ts';
import { wrapLine } from '../wrap-text.ts';

/** Lines as a terminal shows them: none is broken inside a word, and a command that is too long can still be copied. */
export function alignedLines(lines: readonly string[], { interactive, columns }: Screen): readonly string[] {
  if (!interactive) return lines;
  return lines.flatMap((line) =>
    (isCommand(line) ? copyable(line, columns) : wrapLine(line, columns)).split('\n'),
  );
}

// A label, then nothing but the command.
const isCommand = (line: string): boolean => /^ +(?:[A-Z][\w ]+: +)?(?:npx )?underpin /u.test(line);

/** A command, and what stands before it: broken before an option, with the backslash by which a shell goes on in the next line. */
export function copyable(line: string, columns: number): string {
  if (stripVTControlCharacters(line).length <= columns) return line;
  const [first = '', ...options] = line.split(/ (?=--)/u);
  const lines = [first];
  for (const option of options) {
    const open = lines.at(-1) ?? '';
    // Two characters are left for the backslash.
    if (open.length + 1 + option.length + 2 <= columns) lines[lines.length - 1] = `${open} ${option}`;
    else lines.push(`      ${option}`);
  }
  return lines.join(' \\\n');
}
