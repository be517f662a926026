import { randomUUID } from 'node:crypto';
import { realClock, type Clock } from '../clock.ts';
import { serveLocally } from '../local-server.ts';
import type { LocalRequest, LocalResponse } from '../local-request.ts';
import { agentCache, type Cache, type FetchedVersion } from './agent-cache.ts';
import { percentileOf, type RuleContext } from './rule.ts';

export type AgentOptions = {
  readonly appConfigEndpoint: string;
  /** How old an answer may be, in ms. AWS's default is 45 s; a switch is not seen everywhere before that. */
  readonly refreshMs?: number;
  /** Decides, without an Entity-Id header, whether this agent is among the first of a gradual deployment. */
  readonly instanceId?: string;
  readonly clock?: Clock;
};

export type AppConfigAgent = {
  /** In the place of http://localhost:2772. */
  readonly endpoint: string;
  /** Polls all cached configurations now, instead of when they are due. */
  poll(): Promise<void>;
  close(): Promise<void>;
};

/**
 * The AppConfig Agent, a process of its own beside each application on AWS: it polls, caches and evaluates flags.
 * While AppConfig cannot be reached it serves what it has, as the real one.
 */
export async function startAppConfigAgent(options: AgentOptions): Promise<AppConfigAgent> {
  const { appConfigEndpoint, refreshMs = 45_000, instanceId = randomUUID(), clock = realClock } = options;
  const cache = agentCache({ appConfigEndpoint, refreshMs, clock });
  const server = await serveLocally((request) => answer(request, cache, instanceId));
  return {
    endpoint: server.endpoint,
    poll: () => cache.refreshAll(),
    close: async () => {
      cache.close();
      await server.close();
    },
  };
}

const path = /^\/applications\/([^/]+)\/environments\/([^/]+)\/configurations\/([^/]+)$/;

async function answer(request: LocalRequest, cache: Cache, instanceId: string): Promise<LocalResponse> {
  const parts = path.exec(request.path)?.slice(1);
  if (request.method !== 'GET' || parts === undefined)
    return refuse(400, `The rehearsal's AppConfig Agent does not know ${request.method} ${request.path}`);
  const stranger = [...request.query.keys()].find((key) => key !== 'flag');
  if (stranger !== undefined) return refuse(400, `Unknown query parameter ${stranger}`);
  const fetched = await cache.get(parts.join('/'));
  if (fetched.status !== 'deployed') return refuse(fetched.status === 'absent' ? 404 : 502, fetched.reason);
  const served = versionFor(fetched, single(request.headers['entity-id']) ?? instanceId);
  if (served === null) return refuse(404, 'This client is not yet part of the first deployment');
  const headers = { 'content-type': served.contentType, 'configuration-version': String(served.number) };
  if (served.flags === undefined) {
    if (request.query.has('flag')) return refuse(400, 'flag= needs a profile of feature flags');
    return { status: 200, headers, body: served.content };
  }
  const context = contextOf(request.headers['context']);
  if (context === undefined) return refuse(400, 'Context headers are written key=value');
  const wanted = request.query.has('flag') ? request.query.getAll('flag') : served.flags.keys;
  const evaluated = wanted.map((flag) => [flag, served.flags?.evaluate(flag, context)] as const);
  const missing = evaluated.find(([, value]) => value === undefined);
  if (missing !== undefined) return refuse(400, `No flag ${missing[0]} in version ${served.number}`);
  return { status: 200, headers, body: JSON.stringify(Object.fromEntries(evaluated)) };
}

/** Sticky within a deployment, as entity-based gradual deployments are. */
function versionFor(
  { poll, version, previous }: Extract<FetchedVersion, { status: 'deployed' }>,
  entity: string,
) {
  return percentileOf(`deployment:${poll.deploymentNumber}`, entity) < poll.percentage ? version : previous;
}

/** `key=value` pairs, in several headers or one with commas; a value may contain "=". */
function contextOf(written: string | readonly string[] | undefined): RuleContext | undefined {
  const pairs = (typeof written === 'string' ? [written] : (written ?? []))
    .flatMap((it) => it.split(','))
    .map((it) => it.trim());
  const context = new Map<string, string>();
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 1) return undefined;
    context.set(pair.slice(0, at), pair.slice(at + 1));
  }
  return context;
}

const single = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === 'string' ? value : value?.[0];

function refuse(status: number, message: string): LocalResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ message }) };
}
