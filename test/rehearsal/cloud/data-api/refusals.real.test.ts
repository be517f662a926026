import { afterAll, beforeAll, expect, test } from 'vitest';
import { localDataApi, resourceArn, secretArn, target, type LocalDataApi } from './local-data-api.ts';

let local: LocalDataApi;
beforeAll(async () => {
  local = await localDataApi();
  await local.database.query('CREATE TABLE t (id bigint PRIMARY KEY, v text CHECK (length(v) < 3))');
});
afterAll(() => local.close());

test.each([
  ['two statements', 'SELECT 1; SELECT 2', {}, "Multistatements aren't supported"],
  ['the schema parameter', 'SELECT 1', { schema: 'public' }, "The schema parameter isn't supported"],
  ['a number of the caller’s own', 'SELECT $1::int', {}, 'Named parameter syntax is invalid, input: $1'],
  [
    'an array parameter',
    'SELECT :x',
    { parameters: [{ name: 'x', value: { arrayValue: { longValues: [1] } } }] },
    'Array',
  ],
  ['a missing parameter', 'SELECT :x', {}, 'Cannot find parameter: x'],
  ['too long a text', `SELECT 1 ${' '.repeat(65_536)}`, {}, 'sql'],
  ['COPY', 'COPY t FROM STDIN', {}, 'COPY'],
  ['COPY', 'COPY t TO STDOUT', {}, 'COPY'],
])('%s is refused with a 400', async (_, sql, options, message) => {
  await expect(local.execute(sql, options)).rejects.toMatchObject({
    message: expect.stringContaining(message) as unknown,
    $metadata: { httpStatusCode: 400 },
  });
  // Whatever was refused, the next call finds a clean session.
  await local.execute('SELECT 1');
});

test('what the service refuses by itself is a ValidationException', async () => {
  await expect(local.execute('SELECT 1; SELECT 2')).rejects.toMatchObject({ name: 'ValidationException' });
  await local.execute('SELECT 1;');
});

test('an error of PostgreSQL says where, why, and its SQLSTATE', async () => {
  await expect(local.execute('SELECT nothing')).rejects.toMatchObject({
    name: 'DatabaseErrorException',
    message: 'ERROR: column "nothing" does not exist; Position: 8; SQLState: 42703',
  });
  await local.execute(`INSERT INTO t VALUES (1, 'a')`);
  await expect(local.execute(`INSERT INTO t VALUES (1, 'b')`)).rejects.toThrow(
    'ERROR: duplicate key value violates unique constraint "t_pkey"\n  Detail: Key (id)=(1) already exists.; SQLState: 23505',
  );
  await expect(local.execute('SELECT foo(1)')).rejects.toThrow(
    /\n {2}Hint: .*; Position: 8; SQLState: 42883$/,
  );
});

test('a row beyond 64 KB and a result beyond 1 MiB are errors, though the statement was done', async () => {
  await expect(local.execute(`SELECT repeat('x', 65537)`)).rejects.toThrow('Packet for query is too large');
  const wide = `SELECT repeat('x', 60000) FROM generate_series(1, 20)`;
  await expect(local.execute(wide)).rejects.toThrow('Database response exceeded size limit');
  const formatted = await local.execute(wide, { formatRecordsAs: 'JSON' });
  expect(formatted.formattedRecords?.length).toBeGreaterThan(1_200_000);
  await expect(local.execute(`INSERT INTO t VALUES (2, '') RETURNING repeat('x', 70000)`)).rejects.toThrow(
    'Packet for query is too large',
  );
  expect((await local.execute('SELECT 1 FROM t WHERE id = 2')).records).toHaveLength(1);
});

test('a request beyond 4 MiB is refused', async () => {
  const parameters = [{ name: 'x', value: { stringValue: 'x'.repeat(4 * 1024 * 1024) } }];
  await expect(local.execute('SELECT length(:x)', { parameters })).rejects.toThrow('4 MiB');
});

test('an unknown cluster, another letter case, and an unknown secret are told apart', async () => {
  const wrong = { resourceArn: resourceArn.replace('shop', 'Shop') };
  await expect(local.execute('SELECT 1', wrong)).rejects.toMatchObject({
    name: 'HttpEndpointNotEnabledException',
    message: "HttpEndpoint isn't enabled for cluster Shop",
  });
  await expect(local.execute('SELECT 1', { secretArn: `${secretArn}x` })).rejects.toMatchObject({
    name: 'SecretsErrorException',
  });
});

test('clusters come and go while the server runs', async () => {
  const other = { resourceArn: `${resourceArn}-clone`, secretArn: `${secretArn}-clone` };
  local.api.addDatabase(other.resourceArn, { url: local.url, secretArns: [other.secretArn] });
  await local.execute('SELECT 1', other);
  await expect(local.execute('SELECT 1', { ...other, secretArn })).rejects.toMatchObject({
    name: 'SecretsErrorException',
  });
  await local.api.removeDatabase(other.resourceArn);
  await expect(local.execute('SELECT 1', other)).rejects.toMatchObject({
    name: 'HttpEndpointNotEnabledException',
  });
});

test('a server that is away is DatabaseUnavailableException', async () => {
  local.api.addDatabase(`${resourceArn}-down`, {
    url: 'postgresql://u:p@127.0.0.1:1/x',
    secretArns: [secretArn],
  });
  await expect(local.execute('SELECT 1', { resourceArn: `${resourceArn}-down` })).rejects.toMatchObject({
    name: 'DatabaseUnavailableException',
    $metadata: { httpStatusCode: 504 },
  });
});

const post = (
  path: string,
  body: unknown,
  headers: Record<string, string> = { authorization: 'AWS4-HMAC-SHA256 x' },
) => fetch(`${local.api.endpoint}${path}`, { method: 'POST', body: JSON.stringify(body), headers });

test.each([
  ['an unknown path', '/Exec', {}, 404, 'UnknownOperationException'],
  ['ExecuteSql', '/ExecuteSql', {}, 400, 'BadRequestException'],
  [
    'an unknown key',
    '/Execute',
    { ...target, sql: 'SELECT 1', resultFormat: 'x' },
    400,
    'ValidationException',
  ],
  ['a missing key', '/Execute', target, 400, 'ValidationException'],
])('%s is an error with its name in the header', async (_, path, body, status, name) => {
  const response = await post(path, body);
  expect([response.status, response.headers.get('x-amzn-errortype')]).toEqual([status, name]);
});

test('a request without a signature is refused', async () => {
  const response = await post('/Execute', { ...target, sql: 'SELECT 1' }, {});
  expect(response.status).toBe(403);
});
