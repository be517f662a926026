import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { localMysqlDataApi, type LocalMysqlDataApi } from './local-mysql-data-api.ts';

const gone = (cause: string): object => ({
  name: 'TransactionNotFoundException',
  message: expect.stringContaining(cause) as unknown,
});

describe.skipIf(!hasMysql())('sessions on MySQL', () => {
  let local: LocalMysqlDataApi;
  beforeAll(async () => {
    // One connection: what a call leaves behind, the next one would find.
    local = await localMysqlDataApi({ connectionLimit: 1 });
    await local.database.query('CREATE TABLE t (id INT PRIMARY KEY)');
  });
  afterAll(() => local.close());

  const first = async (sql: string): Promise<unknown> =>
    Object.values((await local.execute(sql)).records?.[0]?.[0] ?? {})[0];

  test('a setting, a variable, a lock and a temporary table do not outlive their call, nor does USE', async () => {
    const before = await first('SELECT @@lock_wait_timeout');
    await local.execute('SET SESSION lock_wait_timeout = 7');
    await local.execute('SET @mine = 1');
    await local.execute("SELECT GET_LOCK('l', 0)");
    await local.execute('CREATE TEMPORARY TABLE scratch (n INT)');
    await local.execute('USE mysql');
    expect(await first('SELECT @@lock_wait_timeout')).toBe(before);
    expect(await first('SELECT @mine IS NULL')).toBe(1);
    expect(await first("SELECT IS_FREE_LOCK('l')")).toBe(1);
    expect(await first('SELECT DATABASE()')).toBe(decodeURIComponent(new URL(local.url).pathname.slice(1)));
    await expect(local.execute('SELECT * FROM scratch')).rejects.toThrow('Error code: 1146');
  });

  test('a transaction is one session, seen by others when it commits', async () => {
    const transactionId = await local.begin();
    await local.execute('INSERT INTO t VALUES (1)', { transactionId });
    expect(await local.value('SELECT COUNT(*) FROM t')).toBe(0);
    expect(await local.commit(transactionId)).toBe('Transaction Committed');
    expect(await local.value('SELECT COUNT(*) FROM t')).toBe(1);
    await expect(local.commit(transactionId)).rejects.toMatchObject(gone('One previous call'));
  });

  test('DDL commits what stands before it, and ends the transaction', async () => {
    const transactionId = await local.begin();
    await local.execute('INSERT INTO t VALUES (2)', { transactionId });
    await local.execute('CREATE TABLE later (id INT)', { transactionId });
    await expect(local.rollback(transactionId)).rejects.toMatchObject(gone('One previous call'));
    expect(await local.value('SELECT COUNT(*) FROM t WHERE id = 2')).toBe(1);
  });

  test('an error ends the transaction at once', async () => {
    const transactionId = await local.begin();
    await local.execute('INSERT INTO t VALUES (3)', { transactionId });
    await expect(local.execute('INSERT INTO t VALUES (1)', { transactionId })).rejects.toThrow(
      'Error code: 1062',
    );
    await expect(local.commit(transactionId)).rejects.toMatchObject(gone('aborted'));
    expect(await local.value('SELECT COUNT(*) FROM t WHERE id = 3')).toBe(0);
  });

  test('a statement cannot leave a transaction open', async () => {
    await expect(local.execute('START TRANSACTION')).rejects.toMatchObject({ name: 'ValidationException' });
    await local.execute('INSERT INTO t VALUES (4)');
    expect(await local.value('SELECT COUNT(*) FROM t WHERE id = 4')).toBe(1);
  });

  test('a connection that was killed while idle is replaced', async () => {
    const id = await first('SELECT CONNECTION_ID()');
    await local.database.query(`KILL ${String(id)}`);
    // The socket's end may still be on its way: then the call fails as it would on AWS, and the next one has a new connection.
    await first('SELECT 1').catch(() => {});
    expect(await first('SELECT CONNECTION_ID()')).not.toBe(id);
  });

  test('a statement that takes too long is cancelled, or runs on where the caller wants that', async () => {
    const hasty = await localMysqlDataApi({ statementTimeoutMs: 150 });
    await hasty.database.query(
      'CREATE TABLE done (what VARCHAR(20)); CREATE TABLE t (id INT); INSERT INTO t VALUES (1)',
    );
    await hasty.execute(
      `CREATE PROCEDURE late(what VARCHAR(20)) INSERT INTO done SELECT what FROM t WHERE SLEEP(0.5) = 0`,
    );
    const timedOut = { name: 'StatementTimeoutException', dbConnectionId: expect.any(Number) as unknown };
    await expect(hasty.execute("CALL late('cancelled')")).rejects.toMatchObject(timedOut);
    const goesOn = hasty.execute("CALL late('continued')", { continueAfterTimeout: true });
    await expect(goesOn).rejects.toMatchObject(timedOut);
    await expect.poll(() => hasty.value('SELECT GROUP_CONCAT(what) FROM done')).toBe('continued');
    await hasty.close();
  });

  test('a server that is not there is unavailable, not wrong', async () => {
    local.api.addDatabase('arn:aws:rds:eu-central-1:123456789012:cluster:nowhere', {
      url: 'mysql://a:b@127.0.0.1:9/c',
      secretArns: ['arn:aws:secretsmanager:eu-central-1:123456789012:secret:migrator-AbCdEf'],
    });
    await expect(
      local.execute('SELECT 1', { resourceArn: 'arn:aws:rds:eu-central-1:123456789012:cluster:nowhere' }),
    ).rejects.toMatchObject({ name: 'DatabaseUnavailableException' });
  });
});
