import { fork, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { errorPayload, FunctionError } from './function-error.ts';

export type LogLine = {
  readonly name: string;
  readonly pid: number;
  readonly stream: 'stdout' | 'stderr';
  readonly line: string;
};

export type SandboxOptions = {
  readonly name: string;
  readonly file: string;
  /** The program that runs it. */
  readonly node: string;
  /** MB of JavaScript heap. */
  readonly memory: number;
  /** All that the process will see. */
  readonly environment: Readonly<Record<string, string>>;
  readonly onLog: (line: LogLine) => void;
};

export type Invocation = {
  readonly requestId: string;
  /** JSON text. */
  readonly event: string;
  readonly timeoutMs: number;
  readonly arn: string;
  readonly version: string;
};

const failure = z.object({ errorType: z.string(), errorMessage: z.string(), trace: z.array(z.string()) });
const message = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('initError'), error: failure }),
  z.object({ kind: z.literal('fatal'), error: failure }),
  z.object({ kind: z.literal('result'), requestId: z.string(), payload: z.string() }),
  z.object({ kind: z.literal('error'), requestId: z.string(), error: failure }),
]);

const runtimeFile = fileURLToPath(new URL('runtime.mjs', import.meta.url));
// AWS allows ten seconds, of a machine of its own; this one has others to serve.
const longestInitMs = 60_000;

type Running = {
  readonly requestId: string;
  readonly since: number;
  readonly event: string;
  readonly succeed: (payload: string) => void;
  readonly fail: (error: FunctionError) => void;
};

/** One child process that runs one event at a time, as one Lambda execution environment does. */
export class Sandbox {
  readonly name: string;
  readonly pid: number;
  /** Resolves when the bundle is loaded. @throws FunctionError */
  readonly ready: Promise<void>;
  /** Resolves when the process is gone. */
  readonly gone: Promise<void>;
  private readonly child: ChildProcess;
  private running: Running | undefined;
  private alive = true;

  constructor({ name, file, node, memory, environment, onLog }: SandboxOptions) {
    this.name = name;
    this.child = fork(runtimeFile, [file], {
      env: { ...environment },
      execPath: node,
      // Without this the child inherits the loaders of the parent.
      execArgv: [`--max-old-space-size=${memory}`, '--enable-source-maps'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.pid = this.child.pid ?? -1;
    for (const stream of ['stdout', 'stderr'] as const) this.follow(stream, onLog);
    this.gone = new Promise((resolve) => this.child.once('exit', () => resolve()));
    this.ready = this.initialise();
    // Whoever waits for `ready` gets the error; a sandbox that nobody waits for must not end the process.
    this.ready.catch(() => undefined);
    // A message to a process that just died; its exit says what happened.
    this.child.on('error', () => undefined);
    this.child.on('exit', (code, signal) => this.exited(code, signal));
    this.child.on('message', (raw) => this.heard(raw));
  }

  /** The invocation under way: its event as JSON text, and when it began, in milliseconds since the epoch. */
  get underWay(): { readonly event: string; readonly since: number } | undefined {
    return this.running;
  }

  get isAlive(): boolean {
    return this.alive;
  }

  /**
   * Runs one event; resolves to the result as JSON text. The caller has waited for `ready` and for the one before.
   *
   * @throws FunctionError
   */
  async invoke({ requestId, event, timeoutMs, arn, version }: Invocation): Promise<string> {
    const since = Date.now();
    const answered = new Promise<string>((succeed, fail) => {
      this.running = { requestId, since, event, succeed, fail };
    });
    const timer = setTimeout(() => this.timeOut(requestId, timeoutMs), timeoutMs);
    if (!this.alive) this.fail('Runtime.ExitError', 'Runtime exited before the invocation');
    else this.child.send({ requestId, event, deadlineMs: since + timeoutMs, arn, version });
    try {
      return await answered;
    } finally {
      clearTimeout(timer);
      this.running = undefined;
    }
  }

  kill(): void {
    this.alive = false; // before the exit is known: nobody may be given a dying sandbox
    this.child.kill('SIGKILL');
  }

  private initialise(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const text = `Error: Initialization timed out after ${(longestInitMs / 1000).toFixed(2)} seconds`;
        reject(new FunctionError('Sandbox.Timedout', errorPayload('Sandbox.Timedout', text)));
        this.kill();
      }, longestInitMs);
      const settle = (then: () => void) => {
        clearTimeout(timer);
        then();
      };
      this.child.on('message', (raw) => {
        const it = message.parse(raw);
        if (it.kind === 'ready') settle(resolve);
        if (it.kind === 'initError') settle(() => reject(functionError(it.error)));
      });
      this.child.once('exit', (code, signal) => {
        const text = exitMessage(undefined, code, signal);
        settle(() => reject(new FunctionError('Runtime.ExitError', errorPayload('Runtime.ExitError', text))));
      });
    });
  }

  private heard(raw: unknown): void {
    const it = message.parse(raw);
    if (it.kind === 'fatal') {
      this.alive = false;
      this.running?.fail(functionError(it.error));
    }
    if ((it.kind !== 'result' && it.kind !== 'error') || it.requestId !== this.running?.requestId) return;
    if (it.kind === 'result') this.running.succeed(it.payload);
    else this.running.fail(functionError(it.error));
  }

  private timeOut(requestId: string, timeoutMs: number): void {
    const seconds = (timeoutMs / 1000).toFixed(2);
    this.fail('Sandbox.Timedout', `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`);
    this.kill();
  }

  private exited(code: number | null, signal: NodeJS.Signals | null): void {
    this.alive = false;
    this.fail('Runtime.ExitError', exitMessage(this.running?.requestId, code, signal));
  }

  private fail(errorType: string, errorMessage: string): void {
    this.running?.fail(new FunctionError(errorType, errorPayload(errorType, errorMessage)));
  }

  private follow(stream: 'stdout' | 'stderr', onLog: (line: LogLine) => void): void {
    const source = this.child[stream];
    if (source === null) throw new Error(`The sandbox of ${this.name} has no ${stream}`);
    createInterface({ input: source }).on('line', (line) =>
      onLog({ name: this.name, pid: this.pid, stream, line }),
    );
  }
}

function functionError({ errorType, errorMessage, trace }: z.infer<typeof failure>): FunctionError {
  return new FunctionError(errorType, errorPayload(errorType, errorMessage, trace));
}

/** In the words of Lambda. */
function exitMessage(
  requestId: string | undefined,
  code: number | null,
  signal: NodeJS.Signals | null,
): string {
  const request = requestId === undefined ? '' : `RequestId: ${requestId} `;
  if (signal === 'SIGKILL') return `${request}Error: Runtime exited with error: signal: killed`;
  if (signal !== null) return `${request}Error: Runtime exited with error: signal: ${signal}`;
  if (code === 0) return `${request}Error: Runtime exited without providing a reason`;
  return `${request}Error: Runtime exited with error: exit status ${code}`;
}
