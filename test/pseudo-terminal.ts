import headless from '@xterm/headless';
import type { IPty } from '@lydell/node-pty';
import { setTimeout as sleep } from 'node:timers/promises';

const { Terminal } = headless;
const pty = await import('@lydell/node-pty').catch(() => null);

/** Whether this machine can have one: its binary comes from npm for Linux, macOS and Windows on x64 and arm64. */
export const hasPseudoTerminal = pty !== null;

const columns = 80;
const rows = 40;

/** A program on a terminal of 80 columns with colours, and the screen as a person sees it. */
export class PseudoTerminal {
  private readonly screen = new Terminal({ cols: columns, rows, scrollback: 5000, allowProposedApi: true });
  private readonly process: IPty;
  private readonly ended: Promise<number>;
  private written = '';
  private hasEnded = false;

  constructor(file: string, words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    if (pty === null) throw new Error('@lydell/node-pty has no binary for this machine');
    this.process = pty.spawn(file, [...words], {
      name: 'xterm-256color',
      cols: columns,
      rows,
      env: { ...withoutColourSettings(process.env), ...environment },
    });
    this.process.onData((data) => {
      this.written += data;
      this.screen.write(data);
    });
    this.ended = new Promise((resolve) => {
      this.process.onExit(({ exitCode, signal }) => {
        this.hasEnded = true;
        resolve(signal ? 128 + signal : exitCode);
      });
    });
  }

  /** All that the program wrote, with its escape sequences. */
  get raw(): string {
    return this.written;
  }

  /** The lines that stand on the screen and above it, without the empty ones below. */
  async lines(): Promise<readonly string[]> {
    await new Promise<void>((resolve) => this.screen.write('', resolve));
    const { active } = this.screen.buffer;
    const lines = Array.from({ length: active.length }, (_, at) =>
      active.getLine(at)?.translateToString(true),
    );
    const text = lines.join('\n').trimEnd();
    return text.split('\n');
  }

  /** The lines that went on in the next one because they were wider than the terminal. */
  async brokenLines(): Promise<readonly string[]> {
    const lines = await this.lines();
    const { active } = this.screen.buffer;
    return lines.filter((_, at) => active.getLine(at + 1)?.isWrapped === true);
  }

  /** Waits until the words stand on the screen. */
  async shows(words: RegExp, patienceMs = 300_000): Promise<void> {
    for (const end = Date.now() + patienceMs; Date.now() < end; await sleep(50)) {
      const isOver = this.hasEnded;
      if (words.test((await this.lines()).join('\n'))) return;
      if (isOver) break;
    }
    throw new Error(`${String(words)} never came; the screen is:\n${(await this.lines()).join('\n')}`);
  }

  type(text: string): void {
    this.process.write(text);
  }

  /** The exit code; 128 and the signal where one ended it. */
  exit(): Promise<number> {
    return this.ended;
  }

  close(): void {
    if (!this.hasEnded) this.process.kill('SIGKILL');
  }
}

/** A test runner has its own idea of colours; a person's terminal has none of these. */
function withoutColourSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const settings = new Set(['NO_COLOR', 'FORCE_COLOR', 'CI']);
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !settings.has(name)));
}
