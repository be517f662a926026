import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { z } from 'zod';
import {
  bucketOf,
  readSwitch,
  type Key,
  type Path,
  type ReadSwitch,
  type ReadSwitchOptions,
  type SwitchEvent,
} from '../../client/index.ts';
import { parseFlags, withReadShare, type SaidOfWrites } from '../../engine/reads/flags.ts';
import { parseFlagDocument } from '../../rehearsal/cloud/appconfig/flag-document.ts';
import { flagEvaluator } from '../../rehearsal/cloud/appconfig/flag-evaluation.ts';

export const flag = 'rename-users-email_shop';

/** Whatever else the machine does meanwhile. */
export const patienceMs = 50_000;

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface AgentScene {
  readonly url: string;
  /** What the agent answers from now on. */
  answer: Answer;
  /** The Context header of each request; undefined where there was none. */
  readonly asked: (string | undefined)[];
  close(): Promise<void>;
}

/** An HTTP server in the place of the AppConfig Agent. */
export async function agentScene(answer: Answer): Promise<AgentScene> {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    const context = request.headers['context'];
    asked.push(typeof context === 'string' ? context : undefined);
    scene.answer(request, response);
  });
  // A connection that the server gives up just as it is used again would look like an agent that is lost.
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const scene: AgentScene = {
    url: `http://127.0.0.1:${port}/applications/a/environments/e/configurations/p`,
    answer,
    asked,
    close: async () => {
      if (!server.listening) return;
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return scene;
}

/** What the real document says at a share, evaluated as the agent does. */
export function evaluatedAt(
  percent: number,
  compare = 0,
  writes?: SaidOfWrites,
): (key: string | undefined) => string {
  const said = { percent, compare, ...(writes === undefined ? {} : { writes }) };
  const document = withReadShare(parseFlags(undefined), flag, said);
  const evaluator = flagEvaluator(parseFlagDocument(Buffer.from(JSON.stringify(document))), 'profile');
  return (key) => JSON.stringify(evaluator.evaluate(flag, new Map(key === undefined ? [] : [['key', key]])));
}

/** The path of each key at a share, by the document itself. */
export function pathsAt(percent: number, keys: readonly Key[]): readonly Path[] {
  const evaluate = evaluatedAt(percent);
  return keys.map((key) =>
    evaluation.parse(JSON.parse(evaluate(String(bucketOf(key))))).enabled ? 'new' : 'old',
  );
}

const evaluation = z.object({ enabled: z.boolean() });

/** An agent with the flag at a share. */
export function share(percent: number, compare = 0, writes?: SaidOfWrites): Answer {
  const evaluate = evaluatedAt(percent, compare, writes);
  return ({ headers }, response) => {
    const { context } = headers;
    response.setHeader('Configuration-Version', `${percent} ${JSON.stringify(writes ?? null)}`);
    response.end(evaluate(typeof context === 'string' ? context.replace('key=', '') : undefined));
  };
}

export const body =
  (text: string, status = 200): Answer =>
  (_, response) => {
    response.statusCode = status;
    response.end(text);
  };

export interface SwitchScene {
  readonly users: ReadSwitch;
  readonly events: SwitchEvent[];
  /** Lines of metrics. */
  readonly lines: string[];
}

/** A switch that refreshes twenty times a second and tells and publishes into arrays. */
export function switchScene(agent: string, options: Partial<ReadSwitchOptions> = {}): SwitchScene {
  const events: SwitchEvent[] = [];
  const lines: string[] = [];
  const users = readSwitch({
    flag,
    agent,
    refreshMs: 50,
    timeoutMs: patienceMs,
    onEvent: (event) => events.push(event),
    metrics: { flushMs: 60_000, write: (line) => lines.push(line) },
    ...options,
  });
  return { users, events, lines };
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until it holds. */
export async function until(holds: () => boolean): Promise<void> {
  const began = Date.now();
  while (!holds()) {
    if (Date.now() - began > patienceMs) throw new Error(`it does not hold within ${patienceMs} ms`);
    await sleep(5);
  }
}

/** Reads that say which path they took. */
export const saying = {
  old: () => Promise.resolve('old'),
  new: () => Promise.resolve('new'),
};

/** What a line of metrics holds besides its metadata. */
export function membersOf(line: string): Readonly<Record<string, unknown>> {
  const parsed: unknown = JSON.parse(line);
  const { _aws, ...members } = z.record(z.string(), z.unknown()).parse(parsed);
  return members;
}
