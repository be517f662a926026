import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A database server that this process started on data to be thrown away. */
interface ThrowawayServer {
  readonly process: ChildProcess;
  /** Goes away with the server. */
  readonly folder: string;
  /** Ends it at once: no last checkpoint of data that nobody keeps. */
  readonly endSignal: 'SIGQUIT' | 'SIGKILL';
}

/** A throw-away database server, listening on 127.0.0.1. */
export interface DatabaseServer {
  /** Connection URL with all rights, on no database of the user's. */
  readonly url: string;
  /** Creates an empty database and returns its URL. */
  createDatabase(name: string): Promise<string>;
  /** Resolves, to how it ended, when the server ends although nobody has stopped or restarted it. */
  readonly died: Promise<string>;
  /** Ends the server by a signal, and after a while starts it again on its data, at its address. */
  restart(signal: 'SIGKILL' | 'SIGINT', awayMs: number): Promise<void>;
  /** Stops the server at once and removes its data. May be called twice. */
  stop(): Promise<void>;
}

interface Running {
  readonly url: string;
  readonly createDatabase: (name: string) => Promise<string>;
  /** How programs of the server are started. */
  readonly program: SpawnOptions;
  /** Starts it on its data, at its address. */
  readonly startAgain: () => Promise<ChildProcess>;
}

/** A server that was started, watched so that it goes with this process. */
export function watchedServer(
  first: ThrowawayServer,
  { url, createDatabase, program, startAgain }: Running,
): DatabaseServer {
  let server = first;
  let keeper = keepWatch(server, program);
  // The process whose end would be a surprise: none while the server is meant to be away.
  let expected: ChildProcess | undefined = server.process;
  let stopping: Promise<void> | undefined;
  const deaths = new EventEmitter();
  const died = once(deaths, 'death').then(([how]) => String(how));
  const watchDeath = ({ process }: ThrowawayServer): void =>
    void deathOf(process, () => expected !== process).then((how) => deaths.emit('death', how));
  watchDeath(server);
  return {
    url,
    createDatabase,
    died,
    restart: async (signal, awayMs) => {
      expected = undefined;
      await ended(server.process, signal);
      await sleep(awayMs);
      server = { ...server, process: await startedAgain(startAgain) };
      expected = server.process;
      watchDeath(server);
      keeper.stdin?.end('done\n');
      keeper = keepWatch(server, program);
    },
    stop: () => {
      expected = undefined;
      return (stopping ??= stopAndRemove(server, keeper));
    },
  };
}

const ATTEMPTS_TO_RESTART = 50;

/** What is left of a server that was killed holds its memory and its port for a moment longer. */
async function startedAgain(start: () => Promise<ChildProcess>): Promise<ChildProcess> {
  for (let attempt = 1; ; attempt++)
    try {
      return await start();
    } catch (error) {
      if (attempt === ATTEMPTS_TO_RESTART) throw error;
      await sleep(200);
    }
}

async function ended(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  server.ref();
  const gone = once(server, 'exit');
  server.kill(signal);
  await gone;
}

interface Start {
  /** For people: `PostgreSQL`. */
  readonly product: string;
  /** Text of the server's log that says it is ready. */
  readonly readyLine: string;
  /** Default: any free one. */
  readonly port?: number | undefined;
  readonly spawn: (port: number) => ChildProcess;
}

const ATTEMPTS_FOR_A_PORT = 5;

/** Between the look for a free port and the server's start somebody else may take it: then another one is tried. */
export async function startOnPort({
  product,
  readyLine,
  port: wanted,
  spawn: start,
}: Start): Promise<{ readonly process: ChildProcess; readonly port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = wanted ?? (await freePort());
    const server = start(port);
    const words = lastWords(server);
    if (await becomesReady(server, readyLine)) {
      letGo(server);
      return { process: server, port };
    }
    const portTaken = words().includes('Address already in use');
    if (wanted === undefined && portTaken && attempt < ATTEMPTS_FOR_A_PORT) continue;
    throw new Error(`${product} did not start on port ${port}:\n${words()}`);
  }
}

/** Resolves, to how it ended, when the server ends although nobody has stopped it. */
function deathOf(server: ChildProcess, isStopping: () => boolean): Promise<string> {
  return new Promise((resolve) => {
    server.once('exit', (code, signal) => {
      if (!isStopping()) resolve(signal === null ? `exit status ${code}` : `signal ${signal}`);
    });
  });
}

async function stopAndRemove(
  { process: server, folder, endSignal }: ThrowawayServer,
  keeper: ChildProcess,
): Promise<void> {
  await ended(server, endSignal);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  keeper.stdin?.end('done\n');
}

/**
 * A shell that waits for us to die. Its standard input is a pipe that only this process holds open, so it sees the end of
 * file even after `kill -9`, when no handler of ours could run; then it stops the server and removes the data.
 */
function keepWatch(
  { process: server, folder, endSignal }: ThrowawayServer,
  options: SpawnOptions,
): ChildProcess {
  const script = `
    trap '' HUP INT TERM
    read -r word
    [ "$word" = done ] && exit 0
    kill -"$3" "$1"
    tries=0
    while kill -0 "$1" 2>/dev/null && [ $tries -lt 50 ]; do tries=$((tries + 1)); sleep 0.1; done
    rm -rf "$2"`;
  const keeper = spawn('/bin/sh', ['-c', script, 'keeper', String(server.pid), folder, endSignal.slice(3)], {
    ...options,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  letGo(keeper);
  return keeper;
}

/** Lets this process end although the child runs. */
function letGo(child: ChildProcess): void {
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr]) {
    if (stream !== null && 'unref' in stream && typeof stream.unref === 'function') stream.unref();
  }
}

export function lastWords(child: ChildProcess, lines = 30): () => string {
  let text = '';
  const keep = (chunk: string): void => {
    text = (text + chunk).split('\n').slice(-lines).join('\n');
  };
  child.on('error', (error) => keep(`${error.message}\n`));
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', keep);
  return () => text.trim();
}

export function exitCode(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    child.once('error', () => resolve(-1));
    child.once('close', (code) => resolve(code));
  });
}

/** `true` once the server's log holds the text that says it is ready, `false` when the program ended instead. */
function becomesReady(server: ChildProcess, readyLine: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.stderr?.on('data', (text: string) => {
      if (text.includes(readyLine)) resolve(true);
    });
    server.once('error', reject);
    server.once('close', () => resolve(false));
  });
}

export async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string')
    throw new Error('no TCP port could be had on 127.0.0.1');
  return address.port;
}
