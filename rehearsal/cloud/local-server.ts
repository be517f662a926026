import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { answeredAtEdge, type Edge } from './edge.ts';
import type { LocalRequest, LocalResponse } from './local-request.ts';

export type LocalServer = {
  /** `http://127.0.0.1:<port>`, no slash at the end. */
  readonly endpoint: string;
  /** Cuts open connections; safe to call twice. */
  close(): Promise<void>;
};

type Answer = (request: LocalRequest) => Promise<LocalResponse | undefined> | LocalResponse;

/**
 * An HTTP server on 127.0.0.1 and a free port; at its edge calls may go wrong.
 * What `answer` throws becomes a 500 with the stack in the body: a fault of the rehearsal must never look like AWS.
 */
export async function serveLocally(
  answer: (request: LocalRequest) => Promise<LocalResponse> | LocalResponse,
  edge?: Edge,
): Promise<LocalServer> {
  const answered = edge === undefined ? answer : answeredAtEdge(answer, edge);
  const server = createServer((incoming, outgoing) => void respond(incoming, outgoing, answered));
  // A client that pools connections must not lose a request to an idle connection that we close first.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((ready, failed) => {
    server.once('error', failed);
    server.listen(0, '127.0.0.1', ready);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The local server has no port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

async function respond(incoming: IncomingMessage, outgoing: ServerResponse, answer: Answer): Promise<void> {
  let response: LocalResponse | undefined;
  try {
    response = await answer(await read(incoming));
  } catch (fault) {
    const text = fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
    response = { status: 500, headers: { 'content-type': 'text/plain' }, body: text };
  }
  if (response === undefined) return void incoming.socket.destroy();
  outgoing.writeHead(response.status, response.headers).end(response.body);
}

async function read(incoming: IncomingMessage): Promise<LocalRequest> {
  const pieces: Buffer[] = [];
  for await (const piece of incoming)
    pieces.push(Buffer.isBuffer(piece) ? piece : Buffer.from(String(piece)));
  const url = new URL(incoming.url ?? '/', 'http://127.0.0.1');
  return {
    method: incoming.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: incoming.headers,
    body: Buffer.concat(pieces),
  };
}
