import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startS3, type S3 } from '../../../rehearsal/cloud/s3.ts';
import { sdkOptions } from './sdk-options.ts';

let s3: S3;
let client: S3Client;
beforeEach(async () => {
  s3 = await startS3(['reports']);
  client = new S3Client(sdkOptions(s3.endpoint));
});
afterEach(async () => {
  client.destroy();
  await s3.close();
});

const put = (Bucket: string, Key: string, Body: string) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: 'text/html; charset=utf-8' }));

test('what was put is gotten again, byte by byte, with its type', async () => {
  await put('reports', 'rename users/é.html', '<p>grün</p>');
  const got = await client.send(new GetObjectCommand({ Bucket: 'reports', Key: 'rename users/é.html' }));
  expect(await got.Body?.transformToString()).toBe('<p>grün</p>');
  expect(got.ContentType).toBe('text/html; charset=utf-8');
  expect(s3.objects.get('reports/rename users/é.html')?.body.toString()).toBe('<p>grün</p>');
});

test('the head of an object tells its length and type', async () => {
  await put('reports', 'a.html', 'four');
  expect(await client.send(new HeadObjectCommand({ Bucket: 'reports', Key: 'a.html' }))).toMatchObject({
    ContentLength: 4,
    ContentType: 'text/html; charset=utf-8',
  });
  await expect(
    client.send(new HeadObjectCommand({ Bucket: 'reports', Key: 'b.html' })),
  ).rejects.toMatchObject({
    name: 'NotFound',
  });
});

test('a bucket that is not there and a key that is not there are reported by their names', async () => {
  await expect(put('other', 'a.html', 'x')).rejects.toMatchObject({ name: 'NoSuchBucket' });
  await expect(client.send(new GetObjectCommand({ Bucket: 'reports', Key: 'a.html' }))).rejects.toMatchObject(
    { name: 'NoSuchKey' },
  );
});

test('what is not imitated is refused aloud', async () => {
  const strange = { name: 'NotImplemented', $metadata: { httpStatusCode: 501 } };
  await expect(client.send(new DeleteObjectCommand({ Bucket: 'reports', Key: 'a' }))).rejects.toMatchObject(
    strange,
  );
  await expect(client.send(new ListObjectsV2Command({ Bucket: 'reports' }))).rejects.toMatchObject(strange);
  await expect(
    client.send(new PutObjectCommand({ Bucket: 'reports', Key: 'a', Body: 'x', ACL: 'public-read' })),
  ).rejects.toMatchObject(strange);
});

test('without a signature nothing is stored', async () => {
  const response = await fetch(`${s3.endpoint}/reports/a.html`, { method: 'PUT', body: 'x' });
  expect(response.status).toBe(403);
  expect(s3.objects.size).toBe(0);
});
