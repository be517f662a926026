import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { PartLost } from '../stage/part-lost.ts';
import type { CheckOptions, WritesChecked } from './check-writes.ts';
import type { TrafficSnapshot } from './measurements.ts';
import type { AnswerMessage, CommandName, Commands } from './messages.ts';
import type { Stage } from './stages.ts';
import type { TrafficOptions } from './traffic-options.ts';

/** An old and a new version of the application at work. Every promise but `close` rejects with PartLost when its process has died. */
export interface Traffic {
  /** Resolves when retired versions have had their last answer, so that what they named may go. */
  setStage(stage: Stage): Promise<void>;
  /** Labels the requests that come from now on, with a phase's name for instance. */
  mark(label: string): Promise<void>;
  /** What came under a label so far counts under another one. */
  relabel(from: string, to: string): Promise<void>;
  snapshot(): Promise<TrafficSnapshot>;
  /** Resolves when nothing is under way. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Holds every acknowledged write against the table as it is now. The traffic rests meanwhile. */
  checkWrites(options?: CheckOptions): Promise<WritesChecked>;
  /** Drains, closes all connections. May be called twice. */
  finish(): Promise<TrafficSnapshot>;
  /** Like `finish`, and never rejects: also ends what is broken. */
  close(): Promise<void>;
}

/** A process that runs the application, for one traffic after the other. */
export interface TrafficProgram {
  /**
   * Starts live traffic on a table, at stage `baseline` under the label `baseline`. The one before has finished.
   * @param log gets each line that the application writes on its stdout
   * @throws TrafficError (by name) when the table is empty or has no key
   */
  start(options: TrafficOptions, log?: (line: string) => void): Promise<Traffic>;
  /** Ends the process. */
  close(): Promise<void>;
}

/** @param program its bundle (`bundlePrograms`) */
export function openTraffic(program: string): TrafficProgram {
  const process = new TrafficProcess(program);
  return {
    start: async (options, log = () => {}) => {
      process.log = log;
      await process.ask('start', options);
      return trafficOf(process);
    },
    close: () => process.end(),
  };
}

function trafficOf(process: TrafficProcess): Traffic {
  let last: Promise<TrafficSnapshot> | undefined;
  const finish = (): Promise<TrafficSnapshot> => process.ask('finish', null);
  return {
    setStage: (stage) => silently(process.ask('setStage', stage)),
    mark: (label) => silently(process.ask('mark', label)),
    relabel: (from, to) => silently(process.ask('relabel', { from, to })),
    snapshot: () => process.ask('snapshot', null),
    pause: () => silently(process.ask('pause', null)),
    resume: () => silently(process.ask('resume', null)),
    checkWrites: (check = {}) => process.ask('checkWrites', check),
    finish: () => (last ??= finish()),
    close: async () => {
      await (last ??= finish()).catch(() => undefined);
    },
  };
}

async function silently(answer: Promise<null>): Promise<void> {
  await answer;
}

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The process at its other end: questions by number, answers by the same. */
class TrafficProcess {
  log: (line: string) => void = () => {};
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;
  #words = '';

  constructor(program: string) {
    // A process, not a thread: only a process has an event loop that nobody else delays.
    this.#child = fork(program, [], {
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    if (this.#child.stdout) createInterface(this.#child.stdout).on('line', (line) => this.log(line));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#words = (this.#words + text).slice(-2000);
    });
    this.#child.on('message', (message: AnswerMessage) => this.#answered(message));
    this.#child.once('error', (error) => this.#died(error.message));
    this.#child.once('exit', () => this.#died(this.#words.trim()));
  }

  async ask<Name extends CommandName>(
    command: Name,
    argument: Commands[Name]['argument'],
  ): Promise<Commands[Name]['answer']> {
    const id = (this.#asked += 1);
    const answer = await new Promise<unknown>((resolve, reject) => {
      if (!this.#child.connected)
        return reject(new PartLost(`The traffic's process has ended. ${this.#words}`.trim()));
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ id, command, argument });
    });
    // The other end is held to the same table of commands by the compiler.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return answer as Commands[Name]['answer'];
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    if (this.#child.connected) this.#child.disconnect();
    await gone;
  }

  #answered(message: AnswerMessage): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if ('answer' in message) return waiting?.resolve(message.answer);
    const error = new Error(message.error.message);
    error.name = message.error.name;
    waiting?.reject(error);
  }

  #died(words: string): void {
    for (const { reject } of this.#waiting.values())
      reject(new PartLost(`The traffic's process ended by itself. ${words}`.trim()));
    this.#waiting.clear();
  }
}
