import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';

/** A request of the service's protocol: always a POST with a JSON body. */
export interface ApiRequest {
  readonly path: string;
  /** Absent when the request is larger than the limit. */
  readonly body: string | undefined;
  readonly signed: boolean;
  readonly headers: IncomingHttpHeaders;
}

/** `drop`: the connection closes without a word. */
export type ApiReply =
  { readonly status: number; readonly errorName?: string; readonly body: string } | { readonly drop: true };

const TOO_LARGE = Symbol('too large');

export interface HttpFront {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  /** Cuts connections that are still open. */
  close(): Promise<void>;
}

/** HTTP on a free port of 127.0.0.1, with connections kept alive. Headers count for the limit, as they do on AWS. */
export async function openHttpFront(
  requestLimitBytes: number,
  answer: (request: ApiRequest) => Promise<ApiReply>,
): Promise<HttpFront> {
  const server = createServer(
    (request, response) => void serve(request, response, requestLimitBytes, answer),
  );
  // A client that pools connections must never lose a request to an idle connection that we close first.
  server.keepAliveTimeout = 120_000;
  server.requestTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { endpoint: endpointOf(server), close: () => closeServer(server) };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  requestLimitBytes: number,
  answer: (request: ApiRequest) => Promise<ApiReply>,
): Promise<void> {
  const path = `${request.method === 'POST' ? '' : `${request.method} `}${request.url ?? '/'}`;
  const signed = request.headers.authorization?.startsWith('AWS4-') ?? false;
  const bytes = await readBody(request, requestLimitBytes).catch(() => undefined);
  // The client went away before its request was whole.
  if (bytes === undefined) return;
  const reply = await answer({
    path,
    signed,
    headers: request.headers,
    body: bytes === TOO_LARGE ? undefined : bytes.toString('utf8'),
  });
  if ('drop' in reply) {
    request.socket.destroy();
    return;
  }
  response.sendDate = false;
  response.writeHead(reply.status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(reply.body),
    'x-amzn-requestid': randomUUID(),
    ...(reply.errorName !== undefined && { 'x-amzn-errortype': reply.errorName }),
  });
  response.end(reply.body);
}

async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer | typeof TOO_LARGE> {
  const chunks: Buffer[] = [];
  const stream: AsyncIterable<Buffer> = request;
  let bytes = request.rawHeaders.reduce((sum, header) => sum + header.length, 0);
  for await (const chunk of stream) {
    bytes += chunk.length;
    // The rest is read and thrown away: closing in mid-request would look like a network fault.
    if (bytes <= limitBytes) chunks.push(chunk);
  }
  return bytes > limitBytes ? TOO_LARGE : Buffer.concat(chunks);
}

function endpointOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the Data API server has no TCP port');
  return `http://127.0.0.1:${address.port}`;
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
