import { createRequire } from 'node:module';
import type { Server } from 'node:http';
import { Readable } from 'node:stream';
import dynalite from 'dynalite';
import { z } from 'zod';
import type { Faults } from './faults.ts';
import { serveLocally } from './local-server.ts';
import type { LocalRequest, LocalResponse } from './local-request.ts';

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
  // It never listens, and so is never closed: it would throw where its store is closed under a request. Memory needs no closing.
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  return serveLocally(
    (request) => refusal(request) ?? answered(server, request),
    faults && { service: 'dynamodb', faults },
  );
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

/** What dynalite answers, without a connection to it. */
function answered(
  server: Server,
  { method, path, query, headers, body: sent }: LocalRequest,
): Promise<LocalResponse> {
  return new Promise((resolve) => {
    const request = Object.assign(Readable.from([sent]), {
      method,
      url: `${path}?${query.toString()}`,
      headers,
    });
    const answer: Record<string, string> = {};
    const response = {
      statusCode: 200,
      setHeader: (name: string, value: unknown) => void (answer[name] = String(value)),
      end: (text = '') => resolve({ status: response.statusCode, headers: answer, body: text }),
    };
    server.emit('request', request, response);
  });
}
