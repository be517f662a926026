import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Faults } from './faults.ts';
import { serveLocally } from './local-server.ts';
import type { LocalRequest, LocalResponse } from './local-request.ts';
import { ServiceRefusal } from './service-refusal.ts';

export interface StoredObject {
  readonly body: Buffer;
  readonly contentType: string;
  readonly storedAt: Date;
}

export interface S3 {
  readonly endpoint: string;
  /** What was put, as `bucket/key`. */
  readonly objects: ReadonlyMap<string, StoredObject>;
  close(): Promise<void>;
}

/**
 * S3 for objects that are put and gotten whole: PutObject, GetObject, HeadObject, by path-style addresses, which any SDK
 * takes for an endpoint that is a number. Whatever else is asked is an error that says so.
 */
export async function startS3(
  buckets: Iterable<string>,
  { faults }: { readonly faults?: Faults } = {},
): Promise<S3> {
  const known = new Set(buckets);
  const objects = new Map<string, StoredObject>();
  const server = await serveLocally(
    (request) => answer(request, known, objects),
    faults && { service: 's3', faults },
  );
  return { endpoint: server.endpoint, objects, close: () => server.close() };
}

function answer(
  request: LocalRequest,
  buckets: ReadonlySet<string>,
  objects: Map<string, StoredObject>,
): LocalResponse {
  try {
    const place = placeOf(request, buckets);
    if (request.method === 'PUT') return put(request, place, objects);
    const found = objects.get(place);
    if (found === undefined) throw new ServiceRefusal('NoSuchKey', 404, 'The specified key does not exist.');
    return shown(found, request.method === 'GET');
  } catch (error) {
    if (!(error instanceof ServiceRefusal)) throw error;
    return refused(error, request);
  }
}

const operations: Readonly<Record<string, string>> = {
  PUT: 'PutObject',
  GET: 'GetObject',
  HEAD: 'HeadObject',
};

/** `bucket/key` of a signed request that is imitated. */
function placeOf({ method, path, query, headers }: LocalRequest, buckets: ReadonlySet<string>): string {
  if (headers.authorization?.startsWith('AWS4-') !== true)
    throw new ServiceRefusal('AccessDenied', 403, 'Access Denied');
  const [, bucket = '', key = ''] = /^\/([^/]+)\/(.+)$/u.exec(decodeURIComponent(path)) ?? [];
  // The SDK names the operation of object requests; any other parameter makes it another operation (?acl, ?tagging …).
  const others = [...query.keys()].filter((name) => name !== 'x-id');
  if (operations[method] === undefined || key === '' || others.length > 0)
    throw new ServiceRefusal(
      'NotImplemented',
      501,
      `The rehearsal's S3 does not know ${method} ${path}${others.length > 0 ? ` with ${others.join(', ')}` : ''}`,
    );
  if (!buckets.has(bucket))
    throw new ServiceRefusal('NoSuchBucket', 404, 'The specified bucket does not exist');
  return `${bucket}/${key}`;
}

// What changes how an object is stored, and is not imitated.
const notImitated = [
  /^x-amz-(?:acl|tagging|storage-class|website|object-lock|server-side|grant|copy|write-offset)/u,
  /^if-/u,
  /^range$/u,
];

function put(request: LocalRequest, place: string, objects: Map<string, StoredObject>): LocalResponse {
  const { headers, body } = request;
  const strange = Object.keys(headers).filter((name) => notImitated.some((words) => words.test(name)));
  if (strange.length > 0 || headers['x-amz-content-sha256']?.includes('STREAMING') === true)
    throw new ServiceRefusal(
      'NotImplemented',
      501,
      `The rehearsal's S3 does not know ${strange.join(', ') || 'streamed bodies'}`,
    );
  const checksum = headers['x-amz-checksum-crc32'];
  if (checksum !== undefined && checksum !== crc32Of(body))
    throw new ServiceRefusal(
      'BadDigest',
      400,
      'The CRC32 you specified did not match the calculated checksum.',
    );
  objects.set(place, {
    body,
    contentType: headers['content-type'] ?? 'binary/octet-stream',
    storedAt: new Date(),
  });
  return { status: 200, headers: { etag: etagOf(body), 'x-amz-version-id': String(objects.size) } };
}

const shown = ({ body, contentType, storedAt }: StoredObject, whole: boolean): LocalResponse => ({
  status: 200,
  headers: {
    'content-type': contentType,
    'content-length': String(body.length),
    'last-modified': storedAt.toUTCString(),
    etag: etagOf(body),
  },
  ...(whole ? { body } : {}),
});

function crc32Of(body: Buffer): string {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return sum.toString('base64');
}

const etagOf = (body: Buffer): string => `"${createHash('md5').update(body).digest('hex')}"`;

/** An error in S3's own words; the answer to HEAD has no body. */
const refused = ({ code, status, message }: ServiceRefusal, { method }: LocalRequest): LocalResponse => ({
  status,
  headers: { 'content-type': 'application/xml' },
  ...(method === 'HEAD'
    ? {}
    : {
        body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</Message></Error>`,
      }),
});
