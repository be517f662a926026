import { createRequire } from 'node:module';
import type { Server } from 'node:http';
import dynalite from 'dynalite';
import { z } from 'zod';
import type { Faults } from './faults.ts';
import { serveLocally, type LocalRequest, type LocalResponse } from './local-server.ts';

export type DynamoDb = {
  readonly endpoint: string;
  close(): Promise<void>;
};

/**
 * DynamoDB by dynalite, in memory; tables are ACTIVE at once. It has no transactions, PartiQL, streams or time to live:
 * their operations are UnknownOperationException. It would silently ignore members of a request that it does not
 * know, such as ReturnValuesOnConditionCheckFailure; here they are ValidationException.
 */
export async function startDynamoDb({ faults }: { readonly faults?: Faults } = {}): Promise<DynamoDb> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  const inner = await listen(server);
  const underWay = new Set<Promise<unknown>>();
  const forwarded = (request: LocalRequest): Promise<LocalResponse> => {
    const answer = forward(request, inner);
    const ended = answer.catch(() => undefined).finally(() => underWay.delete(ended));
    underWay.add(ended);
    return answer;
  };
  const guard = await serveLocally(
    (request) => refusal(request) ?? forwarded(request),
    faults && { service: 'dynamodb', faults },
  );
  return {
    endpoint: guard.endpoint,
    close: async () => {
      // Cuts the clients. dynalite goes on with what they asked for, and throws where its store is closed under it.
      await guard.close();
      await Promise.all(underWay);
      await stop(server);
    },
  };
}

const require = createRequire(import.meta.url);
const validation = z.object({ types: z.record(z.string(), z.unknown()) });
const body = z.record(z.string(), z.unknown());

/** Undefined for what dynalite understands wholly, and for what it refuses by itself. */
function refusal(request: LocalRequest): LocalResponse | undefined {
  const operation = /^DynamoDB_20120810\.([A-Z]\w+)$/.exec(String(request.headers['x-amz-target']))?.[1];
  const known = operation === undefined ? undefined : membersOf(operation);
  if (known === undefined) return undefined;
  const stranger = Object.keys(body.parse(JSON.parse(request.body.toString('utf8')))).find(
    (it) => !known.has(it),
  );
  if (stranger === undefined) return undefined;
  return {
    status: 400,
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    body: JSON.stringify({
      __type: 'com.amazon.coral.validate#ValidationException',
      message: `The rehearsal's DynamoDB does not know ${stranger} of ${operation}`,
    }),
  };
}

/** The members that dynalite reads, from its own table; undefined for an operation that it lacks. */
function membersOf(operation: string): ReadonlySet<string> | undefined {
  try {
    const file: unknown = require(
      `dynalite/validations/${operation.charAt(0).toLowerCase()}${operation.slice(1)}.js`,
    );
    return new Set(Object.keys(validation.parse(file).types));
  } catch {
    return undefined;
  }
}

async function forward(
  { method, path, headers, body: sent }: LocalRequest,
  inner: string,
): Promise<LocalResponse> {
  const kept = Object.entries(headers).flatMap(([name, value]) =>
    typeof value === 'string' && !hopByHop.has(name) ? [[name, value] as const] : [],
  );
  const response = await fetch(`${inner}${path}`, { method, headers: Object.fromEntries(kept), body: sent });
  const answered = [...response.headers].filter(([name]) => !hopByHop.has(name));
  return {
    status: response.status,
    headers: Object.fromEntries(answered),
    body: Buffer.from(await response.arrayBuffer()),
  };
}

const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'host',
  'keep-alive',
  'transfer-encoding',
]);

async function listen(server: Server): Promise<string> {
  await new Promise<void>((ready, failed) => {
    server.once('error', failed);
    server.listen(0, '127.0.0.1', ready);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('DynamoDB has no port');
  return `http://127.0.0.1:${address.port}`;
}

function stop(server: Server): Promise<void> {
  return new Promise((done) => {
    server.close(() => done());
    // dynalite waits half a minute for clients that keep their connection.
    server.closeAllConnections();
  });
}
