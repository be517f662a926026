import { BeginTransactionCommand, RollbackTransactionCommand } from '@aws-sdk/client-rds-data';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { localDataApi, resourceArn, secretArn, target, type LocalDataApi } from './local-data-api.ts';
import { awaitedLocks } from '../../../awaited-locks.ts';

let local: LocalDataApi;
beforeAll(async () => {
  local = await localDataApi({ connectionLimit: 3 });
  await local.database.query('CREATE TABLE t (id int PRIMARY KEY)');
});
afterAll(() => local.close());

const rows = async (): Promise<number> =>
  (await local.database.query<{ n: number }>('SELECT count(*)::int AS n FROM t')).rows[0]?.n ?? -1;

const gone = (cause: string): object => ({
  name: 'TransactionNotFoundException',
  $metadata: { httpStatusCode: 404 },
  message: expect.stringContaining(cause) as unknown,
});

test('a transaction is one session, seen by others when it commits', async () => {
  const transactionId = await local.begin();
  await local.execute(`SET LOCAL lock_timeout = '77ms'`, { transactionId });
  await local.execute('INSERT INTO t VALUES (1)', { transactionId });
  expect((await local.execute('SHOW lock_timeout', { transactionId })).records).toEqual([
    [{ stringValue: '77ms' }],
  ]);
  expect(await rows()).toBe(0);
  expect(await local.commit(transactionId)).toBe('Transaction Committed');
  expect(await rows()).toBe(1);
  await expect(local.execute('SELECT 1', { transactionId })).rejects.toMatchObject(
    gone('One previous call resulted in a termination of your transaction.'),
  );
});

test('a rollback leaves nothing, DDL included', async () => {
  const transactionId = await local.begin();
  await local.execute('CREATE TABLE never (id int)', { transactionId });
  expect(await local.rollback(transactionId)).toBe('Rollback Complete');
  await expect(local.execute('SELECT 1 FROM never')).rejects.toThrow('SQLState: 42P01');
  await expect(local.commit(transactionId)).rejects.toMatchObject(gone('One previous call'));
});

test('an error of the statement ends the transaction at once, and frees its locks', async () => {
  const transactionId = await local.begin();
  await local.execute('LOCK TABLE t IN ACCESS EXCLUSIVE MODE', { transactionId });
  await expect(local.execute('SELECT 1 / 0', { transactionId })).rejects.toThrow('SQLState: 22012');
  expect(await rows()).toBe(1);
  await expect(local.commit(transactionId)).rejects.toMatchObject(
    gone('Transaction has been aborted due to an error from a previous call.'),
  );
});

test('the rollback that a client sends after an error succeeds, once, and for nobody else', async () => {
  const transactionId = await local.begin();
  await expect(local.execute('SELECT 1 / 0', { transactionId })).rejects.toThrow('SQLState: 22012');
  const somebody = { resourceArn, secretArn: `${secretArn}-else`, transactionId };
  await expect(local.client.send(new RollbackTransactionCommand(somebody))).rejects.toThrow();
  expect(await local.rollback(transactionId)).toBe('Rollback Complete');
  await expect(local.rollback(transactionId)).rejects.toMatchObject(gone('One previous call'));
});

test('a refusal by the service alone leaves the transaction alive', async () => {
  const transactionId = await local.begin();
  await expect(local.execute('SELECT :missing', { transactionId })).rejects.toMatchObject({
    name: 'ValidationException',
  });
  await local.execute('SELECT 1', { transactionId });
  await local.rollback(transactionId);
});

test('a commit that a deferred constraint refuses is an error, and the end', async () => {
  await local.database.query('CREATE TABLE child (t int REFERENCES t DEFERRABLE INITIALLY DEFERRED)');
  const transactionId = await local.begin();
  await local.execute('INSERT INTO child VALUES (99)', { transactionId });
  await expect(local.commit(transactionId)).rejects.toThrow('SQLState: 23503');
  expect(await local.rollback(transactionId)).toBe('Rollback Complete');
});

test('a second call while one runs is refused at once', async () => {
  const transactionId = await local.begin();
  await local.database.query('BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE');
  const waiting = local.execute('SELECT count(*) FROM t', { transactionId });
  await blocked('t');
  await expect(local.execute('SELECT 1', { transactionId })).rejects.toMatchObject({
    name: 'DatabaseErrorException',
    message: 'Transaction is still running a query',
  });
  await local.database.query('ROLLBACK');
  await waiting;
  await local.commit(transactionId);
});

test('an index cannot be built concurrently inside a transaction', async () => {
  const transactionId = await local.begin();
  await expect(local.execute('CREATE INDEX CONCURRENTLY i ON t (id)', { transactionId })).rejects.toThrow(
    'SQLState: 25001',
  );
});

test('a COMMIT written as SQL ends the transaction', async () => {
  const transactionId = await local.begin();
  await local.execute('COMMIT', { transactionId });
  await expect(local.execute('SELECT 1', { transactionId })).rejects.toMatchObject(gone('One previous call'));
});

test('a transaction belongs to its cluster and its database', async () => {
  const transactionId = await local.begin();
  await expect(local.execute('SELECT 1', { transactionId, database: 'postgres' })).rejects.toMatchObject({
    name: 'BadRequestException',
  });
  const expired = gone('Transaction may be expired.');
  await expect(local.execute('SELECT 1', { transactionId: 'made up' })).rejects.toMatchObject(expired);
  local.api.addDatabase(`${resourceArn}-2`, { url: local.url, secretArns: [secretArn] });
  await expect(
    local.execute('SELECT 1', { transactionId, resourceArn: `${resourceArn}-2` }),
  ).rejects.toMatchObject(expired);
  await local.rollback(transactionId);
});

test('idle too long, a transaction is rolled back', async () => {
  const hasty = await localDataApi({ transactionIdleMs: 20 });
  const transactionId = await hasty.begin();
  const idle = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'`;
  while ((await hasty.database.query(idle)).rowCount !== 0);
  await expect(hasty.commit(transactionId)).rejects.toMatchObject(gone('Transaction may be expired.'));
  await hasty.close();
});

test('a transaction that is never idle ends with its total time', async () => {
  const hasty = await localDataApi({ transactionTotalMs: 60 });
  const transactionId = await hasty.begin();
  const forever = async (): Promise<never> => {
    for (;;) await hasty.execute('SELECT 1', { transactionId });
  };
  await expect(forever()).rejects.toMatchObject(gone('Transaction may be expired.'));
  await hasty.close();
});

test('a transaction that goes on is not idle', async () => {
  const hasty = await localDataApi({ transactionIdleMs: 500 });
  const transactionId = await hasty.begin();
  for (let call = 0; call < 3; call++) await hasty.execute('SELECT pg_sleep(0.25)::text', { transactionId });
  expect(await hasty.commit(transactionId)).toBe('Transaction Committed');
  await hasty.close();
});

test('transactions beyond the connection limit wait for their turn', async () => {
  const open = await Promise.all([local.begin(), local.begin(), local.begin()]);
  const fourth = local.client.send(new BeginTransactionCommand(target));
  await Promise.all(open.map((transactionId) => local.rollback(transactionId)));
  await local.rollback((await fourth).transactionId ?? '');
});

/** Until somebody waits for a lock on the table. */
async function blocked(table: string): Promise<void> {
  const sql = awaitedLocks('relation = $1::regclass');
  while ((await local.database.query(sql, [table])).rowCount === 0);
}
