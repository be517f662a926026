import { ExecuteStatementCommand } from '@aws-sdk/client-rds-data';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { localDataApi, sdkClient, target, type LocalDataApi } from './local-data-api.ts';

let local: LocalDataApi;
beforeAll(async () => {
  local = await localDataApi();
  await local.database.query('CREATE TABLE counter (n int); INSERT INTO counter VALUES (0)');
});
beforeEach(() => local.api.faults.clear());
afterAll(() => local.close());

const add = 'UPDATE counter SET n = n + 1';
const counted = async (): Promise<number> =>
  (await local.database.query<{ n: number }>('SELECT n FROM counter')).rows[0]?.n ?? -1;
const unavailable = { status: 504, name: 'DatabaseUnavailableException', message: 'away' };

test('a fault before the call keeps it from the database', async () => {
  const before = await counted();
  local.api.faults.failNext(1, { when: 'before', error: unavailable });
  await expect(local.execute(add)).rejects.toMatchObject({ name: unavailable.name, message: 'away' });
  expect(await counted()).toBe(before);
  await local.execute(add);
  expect(await counted()).toBe(before + 1);
});

test('a 504 after the commit makes a client that retries do the work twice', async () => {
  const before = await counted();
  local.api.faults.failNext(1, { when: 'afterCommit', error: unavailable });
  const retrying = sdkClient(local.api.endpoint, 3);
  await retrying.send(new ExecuteStatementCommand({ ...target, sql: add }));
  retrying.destroy();
  expect(await counted()).toBe(before + 2);
});

test('a lost response is a committed statement without an answer', async () => {
  const before = await counted();
  local.api.faults.dropConnectionAfterCommit(1);
  await expect(local.execute(add)).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(await counted()).toBe(before + 1);
});

test('a sleeping database says so as often as asked', async () => {
  local.api.faults.resume(2);
  for (let attempt = 0; attempt < 2; attempt++) {
    await expect(local.execute(add)).rejects.toMatchObject({
      name: 'DatabaseResumingException',
      message: expect.stringContaining('is resuming after being auto-paused') as unknown,
    });
  }
  await local.execute(add);
});

test('a rule can pick its calls', async () => {
  local.api.faults.when(({ operation }) =>
    operation === 'CommitTransaction' ? { when: 'afterCommit', error: unavailable } : undefined,
  );
  const before = await counted();
  const transactionId = await local.begin();
  await local.execute(add, { transactionId });
  await expect(local.commit(transactionId)).rejects.toMatchObject({ name: unavailable.name });
  expect(await counted()).toBe(before + 1);
});
