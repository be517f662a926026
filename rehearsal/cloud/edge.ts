import { cbor } from '@smithy/core/cbor';
import type { IncomingHttpHeaders } from 'node:http';
import { underFault, type CloudCall, type FaultError, type Faults, type ServiceName } from './faults.ts';
import type { LocalRequest, LocalResponse } from './local-request.ts';

/** Where a service's calls come in, and where they may go wrong. */
export interface Edge {
  readonly service: ServiceName;
  readonly faults: Faults;
  /** For protocols that do not say the operation in the same place for all services. */
  readonly operationOf?: (request: LocalRequest) => string | undefined;
}

type Answer = (request: LocalRequest) => Promise<LocalResponse> | LocalResponse;

/** Answers as the faults of the edge want it; undefined: the connection is to be closed without an answer. */
export function answeredAtEdge(
  answer: Answer,
  { service, faults, operationOf = operationSaid }: Edge,
): (request: LocalRequest) => Promise<LocalResponse | undefined> {
  let calls = 0;
  return (request) => {
    const operation = operationOf(request) ?? operationSaid(request) ?? request.path;
    const call: CloudCall = {
      service,
      operation,
      ...callerOf(request.headers),
      get body() {
        return parsed(request.body);
      },
      number: ++calls,
    };
    return underFault(
      faults.next(call),
      async () => answer(request),
      (error) => refused(service, request, error),
    );
  };
}

/** The header by which a state of the interpreter says its name. */
export const stateHeader = 'x-rehearsal-state';

/** Who calls, and the client's name of the call. A function's client says the function as its application. */
export function callerOf(headers: IncomingHttpHeaders): Pick<CloudCall, 'caller' | 'id'> {
  const state = headers[stateHeader];
  const caller =
    typeof state === 'string'
      ? decodeURIComponent(state)
      : /\bapp\/(\w+)/u.exec(headers['user-agent'] ?? '')?.[1];
  const id = headers['amz-sdk-invocation-id'];
  return { ...(caller === undefined ? {} : { caller }), ...(typeof id === 'string' ? { id } : {}) };
}

/** By the target of AWS JSON, the path of RPC v2, the Action of a query, or the `x-id` of an object's request. */
function operationSaid({ headers, path, query, body }: LocalRequest): string | undefined {
  const target = headers['x-amz-target'];
  if (typeof target === 'string') return target.split('.').at(-1);
  const rpc = /\/operation\/(\w+)$/u.exec(path)?.[1];
  return rpc ?? query.get('x-id') ?? /(?:^|&)Action=(\w+)/u.exec(body.toString('utf8'))?.[1];
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** An error as a client of that service reads it. */
function refused(
  service: ServiceName,
  { headers }: LocalRequest,
  { status, name, message }: FaultError,
): LocalResponse {
  const said = { __type: name, message };
  if (headers['smithy-protocol'] === 'rpc-v2-cbor')
    return {
      status,
      headers: { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' },
      body: cbor.serialize(said),
    };
  const error = `<Error><Code>${name}</Code><Message>${message}</Message></Error>`;
  const xml = { s3: error, sns: `<ErrorResponse>${error}</ErrorResponse>` };
  if (service === 's3' || service === 'sns')
    return { status, headers: { 'content-type': 'application/xml' }, body: xml[service] };
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': name },
    body: JSON.stringify(said),
  };
}
