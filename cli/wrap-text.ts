import { stripVTControlCharacters } from 'node:util';

/** A text in lines no longer than `width`; the first begins with `first`, the others with `indent`. A longer word stays whole. */
export function wrapText(text: string, { width, first = '', indent }: WrapWidth): string {
  const lines: string[] = [];
  let line = first;
  let words = 0;
  for (const word of text.split(' ')) {
    if (words > 0 && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      line = indent;
      words = 0;
    }
    line += words === 0 ? word : ` ${word}`;
    words += 1;
  }
  return [...lines, line].join('\n');
}

/** A line as it stands on a screen: at its own indentation, its further lines a little deeper. */
export function wrapLine(line: string, width: number): string {
  if (widthOf(line) <= width) return line;
  const [first = ''] = /^ */u.exec(line) ?? [];
  return wrapText(line.slice(first.length), { width, first, indent: `${first}  ` });
}

/** The lines of a text; in a row of a table, columns two blanks or more apart, what the last one says stays in its column. */
export function wrapLines(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => (widthOf(line) <= width ? line : wrapRow(line, width)))
    .join('\n');
}

function wrapRow(line: string, width: number): string {
  const gaps = [...line.matchAll(/(?<=^|\S {2}) *(?=\S)/gu)];
  // A column with room for a few words only is none.
  const columns = gaps.map(({ index, 0: gap }) => widthOf(line.slice(0, index)) + gap.length);
  const at = columns.filter((column) => column <= width / 2).at(-1) ?? 0;
  return wrapText(line.slice(at), { width, first: line.slice(0, at), indent: ' '.repeat(at) });
}

// Colours take no room.
const widthOf = (text: string): number => stripVTControlCharacters(text).length;

export interface WrapWidth {
  readonly width: number;
  readonly first?: string;
  readonly indent: string;
}
