import { run } from '../../cli/program.ts';

export interface Said {
  readonly code: number;
  /** Standard output and standard error, without their last newline. */
  readonly out: string;
  readonly err: string;
}

/** The command line in this process, without a terminal: everything but the process itself. */
export async function said(words: readonly string[], columns = 80): Promise<Said> {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await run(words, {
    line: (text) => void out.push(text),
    note: (text) => void err.push(text),
    styled: (_, text) => text,
    interactive: false,
    columns,
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}
