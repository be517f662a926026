import { createInterface } from 'node:readline/promises';

/** Where a rehearsal says what happens. On a terminal the last line is alive; elsewhere only whole lines are written. */
export interface Screen {
  line(text: string): void;
  /** Replaces the live line; elsewhere than on a terminal nothing is shown. */
  live(text: string): void;
  /** Asks a person; null where there is none to ask. */
  ask(question: string): Promise<string | null>;
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
    async ask(question) {
      if (!alive || !input.isTTY) return null;
      clear();
      const lines = createInterface({ input, output });
      try {
        return (await lines.question(question)).trim();
      } finally {
        lines.close();
      }
    },
  };
}

/** `██████░░░░ 61 %` */
export function bar(share: number, width = 24): string {
  const whole = Math.round(Math.min(Math.max(share, 0), 1) * width);
  return `${'█'.repeat(whole)}${'░'.repeat(width - whole)} ${Math.floor(Math.min(share, 1) * 100)} %`;
}
