import { createLogUpdate } from 'log-update';
import { styledFor, type Screen as CommandScreen } from '../../cli/screen.ts';
import { wrapLine } from '../../cli/wrap-text.ts';
import { askYesOrNo, type Answer, type Streams } from './question.ts';

/** Where a rehearsal says what happens. On a terminal the last lines are alive; elsewhere only whole lines are written. */
export interface Screen extends Pick<CommandScreen, 'styled' | 'columns'> {
  line(text: string): void;
  /** Replaces the live lines; elsewhere than on a terminal nothing is shown. */
  live(text: string): void;
  /** Whether live lines are shown. */
  readonly isLive: boolean;
  /** Whether a person is there to be asked. */
  readonly hasPerson: boolean;
  /** Asks a person for yes or no. The question stands alone: lines wait until it is answered, live lines are not shown. */
  ask(question: string, withdrawn: AbortSignal): Promise<Answer>;
}

/** Nobody looks, and nobody answers. */
export const noScreen: Screen = {
  line: () => {},
  live: () => {},
  isLive: false,
  hasPerson: false,
  ask: () => Promise.resolve('nobody'),
  styled: (_, text) => text,
  columns: Number.POSITIVE_INFINITY,
};

export class TerminalScreen implements Screen {
  readonly styled;
  private readonly isTerminal: boolean;
  private readonly log;
  private asks = false;
  private closed = false;
  private readonly held: string[] = [];

  constructor(private readonly streams: Streams) {
    this.isTerminal = streams.output.isTTY;
    this.log = createLogUpdate(streams.output, { showCursor: true });
    this.styled = styledFor(streams.output);
  }

  /** Characters in a line; elsewhere than on a terminal a line is as long as it is. */
  get columns(): number {
    return this.isTerminal ? this.streams.output.columns : Number.POSITIVE_INFINITY;
  }

  line(text: string): void {
    if (this.closed) return;
    if (this.asks) return void this.held.push(text);
    if (this.isTerminal) this.log.clear();
    for (const line of text.split('\n')) this.streams.output.write(`${wrapLine(line, this.columns)}\n`);
  }

  live(text: string): void {
    if (this.isTerminal && !this.asks && !this.closed) this.log(text);
  }

  get isLive(): boolean {
    return this.isTerminal;
  }

  get hasPerson(): boolean {
    return this.isTerminal && this.streams.input.isTTY && !this.closed;
  }

  async ask(question: string, withdrawn: AbortSignal): Promise<Answer> {
    if (!this.hasPerson) return 'nobody';
    this.log.clear();
    this.asks = true;
    try {
      return await askYesOrNo(this.streams, question, withdrawn);
    } finally {
      this.asks = false;
      for (const text of this.held.splice(0)) this.line(text);
    }
  }

  /** Leaves the terminal to others. Whatever still comes is not shown. */
  close(): void {
    if (this.closed) return;
    if (this.isTerminal && !this.asks) this.log.clear();
    if (this.asks) this.streams.output.write('\n');
    this.closed = true;
  }
}
