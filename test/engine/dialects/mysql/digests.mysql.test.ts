import { createConnection, type Connection } from 'mysql2/promise';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { asWritten, MysqlDatabase } from '../../../../cli/database/mysql-database.ts';
import type { StatementsMeasured } from '../../../../engine/evidence/measured.ts';
import { loadUsage } from '../../../../engine/dialects/load-usage.ts';
import { installLedger } from '../../../../engine/ledger/install.ts';
import type { Claim } from '../../../../engine/ledger/claim.ts';
import { sqlParser } from '../../../../lambdas/runtime/sql-parser.ts';
import { digestsCounted } from '../../../../rehearsal/database/digests-counted.ts';
import { startMysql } from '../../../../rehearsal/database/mysql-server.ts';
import type { DatabaseServer } from '../../../../rehearsal/database/server-process.ts';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { unsynced } from '../../../unsynced-mysql.ts';
import { freshName } from './fresh-name.ts';

// A server of its own: digests are one list for the whole server, and are emptied here.
describe.skipIf(!hasMysql())('statements that MySQL has counted', () => {
  let server: DatabaseServer;
  let application: Connection;
  let ours: Connection;
  beforeAll(async () => {
    const binary = { mysqld: inject('mysqlProgram'), version: inject('mysqlVersion') };
    server = await startMysql(binary, {
      cache: inject('mysqlCache'),
      settings: {
        'performance-schema-digests-size': '200',
        ...unsynced,
        'innodb-buffer-pool-size': '32M',
        'innodb-redo-log-capacity': '16M',
      },
    });
    const url = await server.createDatabase('shop');
    application = await createConnection({ uri: url, multipleStatements: true });
    ours = await createConnection({ uri: url, ...asWritten });
    await installLedger(new MysqlDatabase(ours));
    await application.query(
      'CREATE TABLE users (id INT PRIMARY KEY, email VARCHAR(9), name VARCHAR(9), n INT)',
    );
  });
  afterAll(async () => {
    await application.end();
    await ours.end();
    await server.stop();
  });

  let claim: Claim;
  beforeEach(async () => {
    claim = { migration: freshName(), epoch: 1 };
    await application.query(
      `INSERT INTO underpin.migration (name, declaration, plan, settings, epoch, execution, status, phase)
       VALUES (?, '', '{}', '{}', 1, '', 'running', 'confidence')`,
      [claim.migration],
    );
  });

  const usage = () =>
    loadUsage(new MysqlDatabase(ours), { table: { schema: 'shop', name: 'users' }, columns: ['email'] });
  const measured = async (): Promise<StatementsMeasured> =>
    (await usage()).statements(claim, 3600, await sqlParser());
  const named = async () => {
    const found = await measured();
    if (found.kind !== 'counted') throw new Error(JSON.stringify(found));
    return {
      named: found.named.map(({ verb, writes, calls }) => [verb, writes, calls]),
      wholeRow: found.wholeRow,
    };
  };

  test('each that names the column since the note is counted, however it was sent, and none of the ledger’s own', async () => {
    await application.query('SELECT email FROM users WHERE id = 1');
    await (await usage()).note(claim);
    expect(await named()).toEqual({ named: [], wholeRow: 0 });
    await application.query('SELECT email FROM users WHERE id = 1; SELECT email FROM users WHERE id = 2');
    await application.query('SELECT * FROM users');
    await application.query('SELECT name, COUNT(*) FROM users GROUP BY name');
    await application.execute('UPDATE users SET email = ? WHERE id = ?', ['x', 1]);
    // As a rehearsal's own comparison asks both shapes.
    await application.query('SELECT /*+ QB_NAME(underpin) */ id, email FROM users');
    await application.query("PREPARE p FROM 'UPDATE shop.users SET n = n + 1 WHERE email IS NULL'");
    const found = await named();
    expect(found.named).toEqual(
      expect.arrayContaining([
        ['SELECT', false, 2],
        ['UPDATE', true, 1],
      ]),
    );
    expect(found).toEqual({ named: expect.objectContaining({ length: 2 }), wholeRow: 1 });
  });

  test('what a procedure does inside is no statement, whether prepared or not: the catalog names its body', async () => {
    await application.query(`CREATE PROCEDURE works() BEGIN
      SET @s = 'UPDATE shop.users SET n = 1 WHERE email IS NULL'; PREPARE s FROM @s; EXECUTE s;
      UPDATE users SET n = 2 WHERE email = 'q'; END`);
    await (await usage()).note(claim);
    await application.query('CALL works()');
    expect(await named()).toEqual({ named: [], wholeRow: 0 });
    const { dependents } = await (await usage()).catalog(await sqlParser());
    expect(dependents).toEqual(['procedure shop.works']);
    await application.query('DROP PROCEDURE works');
  });

  test('without a note nobody knows, and from then on it is counted', async () => {
    expect(await measured()).toMatchObject({
      kind: 'unmeasured',
      why: expect.stringContaining('counted from now on'),
    });
    expect(await measured()).toMatchObject({ kind: 'counted' });
  });

  test('a statement whose digest was cut counts, for its end may name the column', async () => {
    await (await usage()).note(claim);
    const long = Array.from({ length: 200 }, (_, at) => `n AS column_number_${at}`).join(', ');
    await application.query(`SELECT ${long} FROM users WHERE email = 'x'`);
    const found = await measured();
    expect(found).toMatchObject({ kind: 'counted', named: [{ verb: 'SELECT', doubtful: true, calls: 1 }] });
    await application.query('TRUNCATE performance_schema.events_statements_summary_by_digest');
  });

  test('digests that were emptied, a server that was restarted and one that does not look are not measured', async () => {
    await (await usage()).note(claim);
    await application.query(
      "UPDATE performance_schema.setup_consumers SET enabled = 'NO' WHERE name = 'statements_digest'",
    );
    expect(await measured()).toMatchObject({
      kind: 'unmeasured',
      why: expect.stringContaining('does not see every statement'),
    });
    expect(await digestsCounted(server.url)).toBe(false);
    await application.query(
      "UPDATE performance_schema.setup_consumers SET enabled = 'YES' WHERE name = 'statements_digest'",
    );
    expect(await measured()).toMatchObject({ kind: 'counted' });
    expect(await digestsCounted(server.url)).toBe(true);
    // As if the note were from before the server began.
    const moved = 'UPDATE underpin.event SET happened_at = happened_at - INTERVAL ? DAY WHERE migration = ?';
    await application.query(moved, [9, claim.migration]);
    expect(await measured()).toMatchObject({
      kind: 'unmeasured',
      why: expect.stringContaining('was restarted'),
    });
    await application.query(moved, [-9, claim.migration]);
    await application.query('TRUNCATE performance_schema.events_statements_summary_by_digest');
    expect(await measured()).toMatchObject({
      kind: 'unmeasured',
      why: expect.stringContaining('were emptied'),
    });
  });

  test('what was lost is lost for one silence: from the question that found it on, it is counted anew', async () => {
    const behind = async (seconds: number) => (await usage()).statements(claim, seconds, await sqlParser());
    await (await usage()).note(claim);
    await application.query('TRUNCATE performance_schema.events_statements_summary_by_digest');
    expect(await behind(3600)).toMatchObject({ kind: 'unmeasured' });
    await application.query('SELECT email FROM users WHERE id = 3');
    expect(await behind(0)).toMatchObject({ kind: 'counted', named: [{ verb: 'SELECT', calls: 1 }] });
    expect(await behind(3600)).toMatchObject({ kind: 'unmeasured' });
  });

  test('digests that found no room are not measured', async () => {
    await (await usage()).note(claim);
    for (let at = 0; at < 220; at += 1) await application.query(`SELECT 1 AS made_up_${at}`);
    expect(await measured()).toMatchObject({
      kind: 'unmeasured',
      why: expect.stringContaining('performance_schema_digests_size'),
    });
  });
});
