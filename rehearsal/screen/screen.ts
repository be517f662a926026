import { createInterface } from 'node:readline/promises';

/** Where a rehearsal says what happens. On a terminal the last line is alive; elsewhere only whole lines are written. */
export interface Screen {
  line(text: string): void;
  /** Replaces the live line; elsewhere than on a terminal nothing is shown. */
  live(text: string): void;
  /** Asks a person; null where there is none to ask, or when the signal says that the answer has come from elsewhere. */
  ask(question: string, answered: AbortSignal): Promise<string | null>;
}

export function terminalScreen(output: NodeJS.WriteStream, input: NodeJS.ReadStream): Screen {
  const alive = output.isTTY;
  let shown = false;
  const clear = (): void => {
    if (shown) output.write('\r\u001B[2K');
    shown = false;
  };
  return {
    line(text) {
      clear();
      output.write(`${text}\n`);
    },
    live(text) {
      if (!alive) return;
      clear();
      output.write(text.slice(0, Math.max(20, output.columns - 1)));
      shown = true;
    },
    async ask(question, answered) {
      if (!alive || !input.isTTY) return null;
      clear();
      const lines = createInterface({ input, output });
      try {
        return (await lines.question(question, { signal: answered })).trim();
      } catch (error) {
        if (!answered.aborted) throw error;
        output.write('\n');
        return null;
      } finally {
        lines.close();
      }
    },
  };
}
