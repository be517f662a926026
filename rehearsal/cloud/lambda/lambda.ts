import { randomUUID } from 'node:crypto';
import { devNull } from 'node:os';
import { FunctionError } from './function-error.ts';
import { deployedNode, nodeForFunctions, type NodeBinary } from './node-binary.ts';
import { Sandbox, type LogLine } from './sandbox.ts';

export type LambdaFunction = {
  /** A bundle that exports `handler`, as `bundleFunctions` makes. */
  readonly file: string;
  readonly timeoutMs: number;
  /** MB; default 512. */
  readonly memory?: number;
};

export type LambdaOptions = {
  readonly functions: ReadonlyMap<string, LambdaFunction>;
  /** For every function. Nothing else of the parent's environment reaches it but PATH. */
  readonly environment: Readonly<Record<string, string>>;
  /** Invocations at the same time, over all functions. Default 10. */
  readonly concurrency?: number;
  /** What runs the functions; default the one that was fetched for them, else the running one. */
  readonly node?: NodeBinary;
};

/** An invocation that the function has not answered, whether or not its caller still waits. */
export type UnansweredInvocation = {
  /** The function's name. */
  readonly name: string;
  /** Its event. */
  readonly payload: unknown;
};

/** A sandbox at work. */
export type BusySandbox = UnansweredInvocation & {
  readonly pid: number;
  /** How long it has been at its event. */
  readonly sinceMs: number;
};

export type LambdaService = {
  /** Of the Node that runs the functions, as `v24.21.0`. */
  readonly nodeVersion: string;
  /**
   * Runs a function once; `payload` is any JSON value. An abort lets go of the caller and not of the function, which
   * runs on as on AWS.
   *
   * @throws FunctionError
   */
  invoke(
    functionArnOrName: string,
    payload: unknown,
    signal?: AbortSignal,
  ): Promise<{ readonly payload: unknown }>;
  /**
   * Makes one idle sandbox for each, where there is none. One that is killed before it is ready is not missed: an invocation makes another.
   *
   * @throws FunctionError for a bundle that cannot be loaded
   */
  warm(names: Iterable<string>): Promise<void>;
  /** Oldest first. Those whose sandbox still starts are among them: they have yet to do all that they do. */
  unanswered(): readonly UnansweredInvocation[];
  /** The busy sandboxes, longest first; none that still starts. */
  running(): readonly BusySandbox[];
  /** Kills the sandbox (SIGKILL) that has been busy longest, of all or of those chosen. False: none was busy. */
  kill(chosen?: (busy: BusySandbox) => boolean): boolean;
  onLog(listener: (line: LogLine) => void): void;
  /** Kills all sandboxes and waits until they are gone. */
  close(): Promise<void>;
};

const longestPayloadBytes = 6 * 1024 * 1024;
const longestResponseBytes = 6_291_556;

/** Lambda as child processes: warm starts, one event at a time each, crashes and time-outs as AWS reports them. */
export function startLambda(options: LambdaOptions): LambdaService {
  const { functions, environment, concurrency = 10, node = nodeForFunctions() } = options;
  const sandboxes = new Set<Sandbox>();
  const taken = new Map<Sandbox, { readonly name: string; readonly event: string }>();
  const listeners: ((line: LogLine) => void)[] = [];

  const start = (name: string): Sandbox => {
    const { file, memory = 512 } = functionOf(functions, name);
    const sandbox = new Sandbox({
      name,
      file,
      node: node.path,
      memory,
      environment: environmentOf(name, memory, environment),
      onLog: (line) => listeners.forEach((listener) => listener(line)),
    });
    sandboxes.add(sandbox);
    void sandbox.gone.then(() => sandboxes.delete(sandbox));
    return sandbox;
  };

  const idle = (name: string) =>
    [...sandboxes].find((it) => it.name === name && it.isAlive && !taken.has(it));

  const run = async (arn: string, name: string, version: string, event: string): Promise<string> => {
    const { timeoutMs } = functionOf(functions, name);
    const sandbox = idle(name) ?? start(name);
    taken.set(sandbox, { name, event });
    try {
      await sandbox.ready;
      return await sandbox.invoke({ requestId: randomUUID(), event, timeoutMs, arn, version });
    } finally {
      taken.delete(sandbox);
    }
  };

  const busy = () =>
    [...sandboxes]
      .flatMap((sandbox) => (sandbox.underWay ? [{ sandbox, ...sandbox.underWay }] : []))
      .toSorted((a, b) => a.since - b.since)
      .map(({ sandbox, since, event }) => ({ sandbox, seen: seenBusy(sandbox, since, event) }));

  const killAll = () => sandboxes.forEach((it) => it.kill());
  process.once('exit', killAll);

  return {
    nodeVersion: node.version,
    invoke: async (functionArnOrName, payload, signal) => {
      const { name, arn, version } = target(functionArnOrName);
      const event = eventText(payload);
      functionOf(functions, name);
      if (taken.size >= concurrency)
        throw new FunctionError(
          'Lambda.TooManyRequestsException',
          `Rate Exceeded: ${concurrency} are running`,
        );
      const response = await untilAborted(run(arn, name, version, event), signal);
      if (Buffer.byteLength(response) > longestResponseBytes) throw tooLarge(Buffer.byteLength(response));
      return { payload: JSON.parse(response) };
    },
    warm: async (names) => {
      await Promise.all([...names].map((name) => (idle(name) ?? start(name)).ready.catch(unlessItExited)));
    },
    unanswered: () => [...taken.values()].map(({ name, event }) => ({ name, payload: JSON.parse(event) })),
    running: () => busy().map(({ seen }) => seen),
    kill: (chosen = () => true) => {
      const victim = busy().find(({ seen }) => chosen(seen))?.sandbox;
      victim?.kill();
      return victim !== undefined;
    },
    onLog: (listener) => void listeners.push(listener),
    close: async () => {
      process.removeListener('exit', killAll);
      const going = [...sandboxes].map((it) => it.gone);
      killAll();
      await Promise.all(going);
    },
  };
}

function unlessItExited(error: unknown): void {
  if (!(error instanceof FunctionError) || error.name !== 'Runtime.ExitError') throw error;
}

const seenBusy = ({ name, pid }: Sandbox, since: number, event: string): BusySandbox => ({
  name,
  pid,
  sinceMs: Date.now() - since,
  payload: JSON.parse(event),
});

function functionOf(functions: ReadonlyMap<string, LambdaFunction>, name: string): LambdaFunction {
  const found = functions.get(name);
  if (found === undefined)
    throw new FunctionError('Lambda.ResourceNotFoundException', `Function not found: ${name}`);
  return found;
}

/** `arn:aws:lambda:<region>:<account>:function:<name>[:<qualifier>]`, or the name alone. */
function target(arnOrName: string): {
  readonly name: string;
  readonly arn: string;
  readonly version: string;
} {
  const parts = arnOrName.split(':');
  const [name, version = '$LATEST'] = parts[0] === 'arn' ? parts.slice(6) : parts;
  return {
    name: name ?? arnOrName,
    version,
    arn: parts[0] === 'arn' ? arnOrName : `arn:aws:lambda:us-east-1:123456789012:function:${arnOrName}`,
  };
}

function eventText(payload: unknown): string {
  if (payload === undefined) throw new TypeError('undefined is not a payload: JSON cannot say it');
  const text = JSON.stringify(payload);
  if (Buffer.byteLength(text) > longestPayloadBytes)
    throw new FunctionError(
      'Lambda.RequestTooLargeException',
      `Request must be smaller than ${longestPayloadBytes} bytes for the InvokeFunction operation`,
    );
  return text;
}

function tooLarge(bytes: number): FunctionError {
  const errorMessage = `Response payload size (${bytes} bytes) exceeded maximum allowed payload size (${longestResponseBytes} bytes).`;
  const errorType = 'Function.ResponseSizeTooLarge';
  return new FunctionError(errorType, JSON.stringify({ errorType, errorMessage }));
}

function environmentOf(
  name: string,
  memory: number,
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return {
    PATH: process.env['PATH'] ?? '',
    TZ: ':UTC',
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: given['AWS_REGION'] ?? 'us-east-1',
    // A developer's own profile must never be found by a rehearsal.
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    ...given,
    AWS_EXECUTION_ENV: `AWS_Lambda_nodejs${deployedNode}.x`,
    // Its SDK clients say it in their user agent: whoever is called knows by whom. Powertools, which would make it longer
    // than the SDK allows, adds nothing where it finds its own mark.
    AWS_SDK_UA_APP_ID: `${name}/PTEnv/`,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memory),
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: randomUUID().replaceAll('-', ''),
  };
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  const aborted = new Promise<never>((_, reject) => {
    const abort = () => reject(signal.reason instanceof Error ? signal.reason : new Error('Aborted'));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    const forget = () => signal.removeEventListener('abort', abort);
    work.then(forget, forget);
  });
  return Promise.race([work, aborted]);
}
