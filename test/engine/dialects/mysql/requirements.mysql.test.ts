import { createConnection, type Connection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { asWritten, MysqlDatabase } from '../../../../cli/database/mysql-database.ts';
import { compile } from '../../../../engine/compile.ts';
import { preflight } from '../../../../engine/preflight.ts';
import { InvalidSpec } from '../../../../engine/database/errors.ts';
import { installLedger } from '../../../../engine/ledger/install.ts';
import { startMysql } from '../../../../rehearsal/database/mysql-server.ts';
import type { DatabaseServer } from '../../../../rehearsal/database/server-process.ts';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { unsynced } from '../../../unsynced-mysql.ts';
import { planningOn, specOf } from '../../migration-under-test.ts';

const onLedger =
  'ALTER, ALTER ROUTINE, CREATE, CREATE ROUTINE, DELETE, DROP, EXECUTE, INDEX, INSERT, SELECT, TRIGGER, UPDATE';

describe.skipIf(!hasMysql())('what a MySQL must have, asked before anything is made', () => {
  let server: DatabaseServer;
  let root: Connection;
  let role: Connection;
  beforeAll(async () => {
    const binary = { mysqld: inject('mysqlProgram'), version: inject('mysqlVersion') };
    server = await startMysql(binary, {
      cache: inject('mysqlCache'),
      settings: {
        'log-bin-trust-function-creators': '0',
        'binlog-format': 'MIXED',
        ...unsynced,
        'innodb-buffer-pool-size': '32M',
        'innodb-redo-log-capacity': '16M',
      },
    });
    root = await createConnection({ uri: server.url, multipleStatements: true });
    await root.query(`CREATE DATABASE shop; CREATE TABLE shop.users (id INT PRIMARY KEY, email VARCHAR(9));
      CREATE USER migrator@'127.0.0.1' IDENTIFIED BY 'm'; GRANT SELECT ON shop.* TO migrator@'127.0.0.1'`);
    const url = new URL(server.url);
    url.username = 'migrator';
    url.password = 'm';
    role = await createConnection({ uri: url.href, ...asWritten });
  });
  afterAll(async () => {
    await role.end();
    await root.end();
    await server.stop();
  });

  const spec = specOf('0001-rename', {
    table: 'shop.users',
    change: { kind: 'rename-column', from: 'email', to: 'mail' },
  });
  const refusal = async (work: Promise<unknown>): Promise<string> => {
    const error: unknown = await work.then(
      () => undefined,
      (raised: unknown) => raised,
    );
    if (!(error instanceof InvalidSpec)) throw error;
    return error.message;
  };

  test('rights and settings that lack are named with their remedy, and no ledger is made', async () => {
    const planning = await planningOn(new MysqlDatabase(role));
    const says = await refusal(preflight(spec, planning));
    expect(says).toContain(
      'binary logs are on and binlog_format is MIXED, so that the server refuses what the ledger writes (1665). Set binlog_format = ROW',
    );
    expect(says).toContain(
      `the role migrator@127.0.0.1 lacks ALTER, CREATE, INDEX, INSERT on shop.users. GRANT ALTER, CREATE, INDEX, INSERT ON shop.users TO the role.`,
    );
    expect(says).toContain(`lacks ${onLedger} on underpin.*. GRANT ${onLedger} ON underpin.* TO the role.`);
    expect(says).toContain('lacks SELECT on performance_schema.*');
    await expect(root.query('USE underpin')).rejects.toThrow("Unknown database 'underpin'");
  });

  test('who writes rows beside triggers needs more, and is told before anything of the table is touched', async () => {
    await root.query(`GRANT ${onLedger} ON underpin.* TO migrator@'127.0.0.1';
      GRANT SELECT ON performance_schema.* TO migrator@'127.0.0.1';
      GRANT ALTER, CREATE, INDEX, INSERT ON \`sho_\`.* TO migrator@'127.0.0.1'; SET GLOBAL binlog_format = 'ROW'`);
    const planning = await planningOn(new MysqlDatabase(role));
    const subject = await preflight(spec, planning);
    await installLedger(planning.database);
    const says = await refusal(compile(spec, subject, planning));
    expect(says).toContain(
      'log_bin_trust_function_creators is OFF, so the server refuses functions and triggers of this role (1419). Set log_bin_trust_function_creators = 1',
    );
    expect(says).toContain(
      'lacks TRIGGER, UPDATE on shop.users. GRANT TRIGGER, UPDATE ON shop.users TO the role.',
    );
    await root.query(
      `GRANT TRIGGER, UPDATE ON shop.users TO migrator@'127.0.0.1'; SET GLOBAL log_bin_trust_function_creators = 1`,
    );
    await expect(compile(spec, subject, planning)).resolves.toMatchObject({ migration: 'rename' });
  });

  test('what a role brings that is switched on is not held to lack', async () => {
    await root.query(`CREATE ROLE everything; GRANT ALL ON *.* TO everything; CREATE USER borrower@'127.0.0.1' IDENTIFIED BY 'b';
      GRANT everything TO borrower@'127.0.0.1'; SET DEFAULT ROLE everything TO borrower@'127.0.0.1'`);
    const url = new URL(server.url);
    url.username = 'borrower';
    url.password = 'b';
    const borrower = await createConnection({ uri: url.href, ...asWritten });
    const planning = await planningOn(new MysqlDatabase(borrower));
    const subject = await preflight(spec, planning);
    await expect(compile(spec, subject, planning)).resolves.toMatchObject({ migration: 'rename' });
    await borrower.end();
  });
});
