import { afterAll, beforeAll, expect, test } from 'vitest';
import { localDataApi, type LocalDataApi } from './local-data-api.ts';

let local: LocalDataApi;
beforeAll(async () => {
  local = await localDataApi({ statementTimeoutMs: 150 });
  await local.database.query('CREATE TABLE done (what text)');
});
afterAll(() => local.close());

const timedOut = {
  name: 'StatementTimeoutException',
  dbConnectionId: expect.any(Number) as unknown,
  $metadata: { httpStatusCode: 400 },
};

const writesLate = (what: string): string =>
  `DO $$ BEGIN PERFORM pg_sleep(0.4); INSERT INTO done VALUES ('${what}'); END $$`;

const written = async (what: string): Promise<boolean> =>
  (await local.database.query('SELECT 1 FROM done WHERE what = $1', [what])).rowCount === 1;

const backendsRunning = async (): Promise<number | null> =>
  (
    await local.database.query(
      `SELECT 1 FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'`,
    )
  ).rowCount;

test('a statement that takes too long is cancelled, and the caller learns its backend', async () => {
  const error: unknown = await local.execute(writesLate('cancelled')).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject(timedOut);
  expect(await backendsRunning()).toBe(0);
  expect(await written('cancelled')).toBe(false);
});

test('with continueAfterTimeout the caller hears the same, and the statement runs to its end', async () => {
  const call = local.execute(writesLate('continued'), { continueAfterTimeout: true });
  await expect(call).rejects.toMatchObject(timedOut);
  expect(await backendsRunning()).toBe(1);
  while ((await backendsRunning()) !== 0);
  expect(await written('continued')).toBe(true);
});

test('in a transaction the timeout is the end of it', async () => {
  const transactionId = await local.begin();
  await expect(local.execute('SELECT pg_sleep(5)::text', { transactionId })).rejects.toMatchObject(timedOut);
  await expect(local.commit(transactionId)).rejects.toMatchObject({ name: 'TransactionNotFoundException' });
});

test('a statement that goes on keeps its transaction busy until it ends', async () => {
  const transactionId = await local.begin();
  const call = local.execute(writesLate('in transaction'), { transactionId, continueAfterTimeout: true });
  await expect(call).rejects.toMatchObject(timedOut);
  await expect(local.commit(transactionId)).rejects.toThrow('Transaction is still running a query');
  while ((await backendsRunning()) !== 0);
  // The backend is idle before our server has read its answer: the next call may still find the transaction busy.
  await expect
    .poll(() => local.commit(transactionId).catch((error: unknown) => String(error)))
    .toContain('Committed');
  expect(await written('in transaction')).toBe(true);
});

test('closing the server cancels what still runs', async () => {
  const other = await localDataApi({ statementTimeoutMs: 50 });
  const call = other.execute('SELECT pg_sleep(600)::text', { continueAfterTimeout: true });
  await expect(call).rejects.toMatchObject(timedOut);
  await other.begin();
  await other.api.close();
  const others = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`;
  await expect.poll(async () => (await other.database.query(others)).rowCount).toBe(0);
  await other.close();
});
