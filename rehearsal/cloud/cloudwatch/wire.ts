import { gunzipSync } from 'node:zlib';
import { cbor, dateToTag, tagSymbol } from '@smithy/core/cbor';
import type { LocalRequest, LocalResponse } from '../local-request.ts';
import { CloudWatchError } from './cloudwatch-error.ts';

// The service speaks AWS JSON 1.0 and Smithy RPC v2 CBOR; which one a client prefers has changed between releases.
const service = 'GraniteServiceVersion20100801';

export type Protocol = 'json' | 'cbor';

/** Times in the input are seconds since the epoch, whichever protocol carried them. */
export type Wire = { readonly protocol: Protocol; readonly operation: string; readonly input: unknown };

/** @throws CloudWatchError UnknownOperationException */
export function readRequest({ method, path, headers, body: raw }: LocalRequest): Wire {
  const body = headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
  const target = headers['x-amz-target'];
  if (method === 'POST' && path === '/' && typeof target === 'string' && target.startsWith(`${service}.`)) {
    const input: unknown = JSON.parse(body.toString('utf8'));
    return { protocol: 'json', operation: target.slice(service.length + 1), input };
  }
  const operation = new RegExp(`^/service/${service}/operation/(\\w+)$`).exec(path)?.[1];
  if (method === 'POST' && operation !== undefined && headers['smithy-protocol'] === 'rpc-v2-cbor')
    return {
      protocol: 'cbor',
      operation,
      input: withoutTags(body.length === 0 ? {} : cbor.deserialize(body)),
    };
  throw new CloudWatchError(
    'UnknownOperationException',
    `Neither AWS JSON nor RPC v2 CBOR of ${service}: ${method} ${path}`,
  );
}

/** Dates in `output` become whatever the protocol makes of times; undefined members are left out. */
export function writeResponse(protocol: Protocol, output: unknown): LocalResponse {
  return { status: 200, ...encode(protocol, output) };
}

export function writeError(protocol: Protocol, error: CloudWatchError): LocalResponse {
  const body = { __type: `com.amazonaws.cloudwatch#${error.name}`, message: error.message };
  const { headers, ...rest } = encode(protocol, body);
  return {
    status: error.status,
    headers: { ...headers, 'x-amzn-query-error': `${error.queryName};Sender` },
    ...rest,
  };
}

function encode(protocol: Protocol, output: unknown): Required<Omit<LocalResponse, 'status'>> {
  if (protocol === 'cbor')
    return {
      headers: { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' },
      body: cbor.serialize(withDates(output, dateToTag)),
    };
  return {
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    body: JSON.stringify(withDates(output, (date) => date.getTime() / 1000)),
  };
}

function withDates(value: unknown, write: (date: Date) => unknown): unknown {
  if (value instanceof Date) return write(value);
  if (Array.isArray(value)) return value.map((it) => withDates(it, write));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, it]) => (it === undefined ? [] : [[key, withDates(it, write)]])),
  );
}

function withoutTags(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutTags);
  if (typeof value !== 'object' || value === null) return value;
  if (tagSymbol in value && 'value' in value) return value.value;
  return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, withoutTags(it)]));
}
