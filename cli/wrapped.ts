/** A text in lines no longer than `width`; the first begins with `first`, the others with `indent`. A longer word stays whole. */
export function wrapped(text: string, { width, first = '', indent }: Wrapping): string {
  const lines: string[] = [];
  let line = first;
  let words = 0;
  for (const word of text.split(' ')) {
    if (words > 0 && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent;
      words = 0;
    }
    line += words === 0 ? word : ` ${word}`;
    words += 1;
  }
  return [...lines, line].join('\n');
}

export interface Wrapping {
  readonly width: number;
  readonly first?: string;
  readonly indent: string;
}
