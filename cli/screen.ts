import { styleText } from 'node:util';
import { wrapLines } from './wrap-text.ts';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Where a command answers. Tests give one of their own. */
export interface Screen {
  /** A line of the answer, on standard output. */
  readonly line: (text: string) => void;
  /** A line about the answer, on standard error: whoever pipes the answer onward still sees it. */
  readonly note: (text: string) => void;
  /** The text in a style; plain where the output is no terminal, or where NO_COLOR is set. */
  readonly styled: (style: Style, text: string) => string;
  /** Whether a person is there to be asked. */
  readonly interactive: boolean;
  /** Characters in a line. */
  readonly columns: number;
  /** Lines on a terminal; undefined where it does not say, and where there is none. */
  readonly rows?: number | undefined;
}

interface Streams {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly errors: NodeJS.WriteStream;
}

/** What a terminal that does not say its width is taken for. */
const usualColumns = 100;

export function terminalScreen({ input, output, errors }: Streams): Screen {
  return {
    line: (text) => void output.write(`${text}\n`),
    note: (text) => void errors.write(`${fitted(text, errors)}\n`),
    styled: styledFor(output),
    interactive: input.isTTY && output.isTTY,
    // Asked each time: who watches may change the window's size.
    get columns() {
      return output.isTTY ? output.columns : usualColumns;
    },
    get rows() {
      return output.isTTY ? output.rows : undefined;
    },
  };
}

/** The text in lines that fit where the stream is a terminal; elsewhere a line is as long as it is. */
export const fitted = (text: string, stream: NodeJS.WriteStream): string =>
  stream.isTTY ? wrapLines(text, stream.columns) : text;

/** Plain where the stream is no terminal, or where NO_COLOR is set. */
export const styledFor =
  (stream: NodeJS.WriteStream): Screen['styled'] =>
  (style, text) =>
    styleText(style, text, { stream, validateStream: true });
