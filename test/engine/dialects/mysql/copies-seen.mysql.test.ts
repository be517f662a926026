import { createConnection, type Connection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import * as z from 'zod';
import { one } from '../../../../engine/database/database.ts';
import { LockNotAcquired } from '../../../../engine/database/errors.ts';
import { phaseOf } from '../../../../engine/plan/plan.ts';
import { runUnits } from '../../../../lambdas/steps/units.ts';
import { startMysql } from '../../../../rehearsal/database/mysql-server.ts';
import type { DatabaseServer } from '../../../../rehearsal/database/server-process.ts';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { unsynced } from '../../../unsynced-mysql.ts';
import { migrationUnderTest, toolsOver, type MigrationUnderTest } from '../../migration-under-test.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { copied, widenOn } from './copies.ts';
import { freshName } from './fresh-name.ts';

const isUnseen = (warning: string): boolean =>
  /foreign keys .* were not seen, .* lacks PROCESS/u.test(warning);

const onLedger =
  'ALTER, ALTER ROUTINE, CREATE, CREATE ROUTINE, DELETE, DROP, EXECUTE, INDEX, INSERT, SELECT, TRIGGER, UPDATE';
const onSchema = 'ALTER, CREATE, DELETE, DROP, INDEX, INSERT, SELECT, TRIGGER, UPDATE';

describe.skipIf(!hasMysql()).each(['ON', 'OFF'])(
  'what a role sees of a server with performance_schema %s',
  (performanceSchema) => {
    let server: DatabaseServer;
    let root: Connection;
    // With PROCESS and without.
    let sees: MysqlUnderTest;
    let blind: MysqlUnderTest;
    const isOn = performanceSchema === 'ON';
    beforeAll(async () => {
      const binary = { mysqld: inject('mysqlProgram'), version: inject('mysqlVersion') };
      server = await startMysql(binary, {
        cache: inject('mysqlCache'),
        settings: {
          'performance-schema': performanceSchema,
          ...unsynced,
          'innodb-buffer-pool-size': '32M',
          'innodb-redo-log-capacity': '16M',
        },
      });
      root = await createConnection({ uri: server.url, multipleStatements: true });
      await root.query('CREATE DATABASE shop; CREATE DATABASE private');
      const as = async (user: string): Promise<MysqlUnderTest> => {
        await root.query(`CREATE USER ${user}@'%' IDENTIFIED BY 'c'; GRANT ${onLedger} ON underpin.* TO ${user}@'%';
          GRANT ${onSchema} ON shop.* TO ${user}@'%'; GRANT SELECT ON performance_schema.* TO ${user}@'%'`);
        if (user === 'seer') await root.query(`GRANT PROCESS ON *.* TO ${user}@'%'`);
        const url = new URL(`${server.url}shop`);
        url.username = user;
        url.password = 'c';
        return mysqlUnderTest('', Promise.resolve({ url: url.href, drop: () => Promise.resolve() }));
      };
      sees = await as('seer');
      blind = await as('copier');
    });
    afterAll(async () => {
      await sees.close();
      await blind.close();
      await root.end();
      await server.stop();
    });

    const fresh = (): Promise<unknown> =>
      root.query(`DROP TABLE IF EXISTS private.lines_of;
        DROP TABLE IF EXISTS shop.orders, shop.orders_underpin_new, shop.orders_underpin_old, shop.orders_underpin_side;
        CREATE TABLE shop.orders (id INT PRIMARY KEY, note VARCHAR(9), UNIQUE KEY by_note (note)); INSERT INTO shop.orders VALUES (1, 'a')`);
    const timed = (isTimed: string): Promise<unknown> =>
      root.query(
        `UPDATE performance_schema.setup_instruments SET timed = '${isTimed}' WHERE name = 'transaction'`,
      );
    const copiedBy = async (role: MysqlUnderTest): Promise<MigrationUnderTest> => {
      const migration = await widenOn(role, 'orders');
      await copied(migration);
      return migration;
    };
    const refer = (column = 'id INT', key = 'id'): Promise<unknown> =>
      root.query(
        `CREATE TABLE private.lines_of (${column}, CONSTRAINT of_order FOREIGN KEY (${key}) REFERENCES shop.orders (${key}))`,
      );

    test('where nobody could tell who reads by an old snapshot, the table is not copied', async () => {
      await fresh();
      if (isOn) {
        await widenOn(blind, 'orders');
        await timed('NO');
      }
      await expect(widenOn(blind, 'orders')).rejects.toThrow(
        /nobody could tell which transactions .* GRANT PROCESS/su,
      );
      const migration = await copiedBy(sees);
      const { plan, claim } = migration;
      const { run } = phaseOf(plan, 'swap');
      const swapped = runUnits(toolsOver(blind.database), claim, 'swap', 'run', run, 2000);
      await expect(swapped).rejects.toThrow('1227');
      await migration.apply('swap', 'contract');
      expect(await sees.definition('orders')).toContain('`id` bigint');
      if (isOn) await timed('YES');
    });

    test.each(isOn ? [false, true] : [true])(
      'the names are not exchanged before an old snapshot, PROCESS granted: %s',
      async (hasProcess) => {
        await fresh();
        const migration = await widenOn(hasProcess ? sees : blind, 'orders');
        await migration.apply('expand', 'dual-write');
        const reader = await sees.connect();
        // The server's clock says it, whatever the session's is.
        await reader.query("SET time_zone = '+09:00'; START TRANSACTION WITH CONSISTENT SNAPSHOT");
        await migration.backfill();
        await migration.apply('verify');
        await expect(migration.applyOnce('swap')).rejects.toThrow(LockNotAcquired);
        await reader.query('ROLLBACK');
        await migration.apply('swap', 'contract');
      },
    );

    test('a row that is swept makes older snapshots too old, and comparisons', async () => {
      await fresh();
      const migration = await copiedBy(sees);
      const { claim, plan, ledger } = migration;
      await root.query('UPDATE underpin.checkpoint SET updated_at = updated_at - INTERVAL 1 HOUR');
      const before = await ledger.walks.lastWritten(claim.migration);
      const reader = await sees.connect();
      await reader.query('START TRANSACTION WITH CONSISTENT SNAPSHOT');
      await root.query('DELETE FROM shop.orders_underpin_new');
      const text = plan.walks.find(({ sweep }) => sweep !== undefined)?.sweep ?? '';
      const parameters = { ...claim, key: '["1"]', lock_timeout: '1000ms' };
      const swept = await one(sees.database, { text, parameters }, z.object({ changed: z.number() }));
      expect(swept.changed).toBe(1);
      expect(await ledger.walks.lastWritten(claim.migration)).not.toBe(before);
      await expect(migration.applyOnce('swap')).rejects.toThrow(LockNotAcquired);
      await reader.query('ROLLBACK');
      await migration.apply('swap', 'contract');
    });

    test('a foreign key of a table on which the role has no right is named where it may look, and said to be unseen where not', async () => {
      await fresh();
      await refer();
      if (isOn)
        expect((await widenOn(blind, 'orders')).plan.warnings.filter(isUnseen)).toEqual([
          expect.stringContaining('refers to shop.orders, MySQL does not drop the table (3730)'),
        ]);
      await expect(widenOn(sees, 'orders')).rejects.toThrow(
        /foreign key private.of_order of private.lines_of refers to orders: .*3780/su,
      );
      await root.query('DROP TABLE private.lines_of');
      const migration = await copiedBy(sees);
      expect(migration.plan.warnings.join('\n')).not.toContain('PROCESS');
      await refer();
      await expect(migration.apply('swap')).rejects.toThrow('1105');
      await root.query('DROP TABLE private.lines_of');
      await migration.apply('swap', 'contract');
    });

    const planBy = (role: MysqlUnderTest, change: Readonly<Record<string, unknown>>) =>
      migrationUnderTest(role.database, freshName(), { table: 'shop.orders', change });
    const takesAway = [
      { kind: 'drop-table' },
      { kind: 'drop-column', column: 'note' },
      { kind: 'rename-column', from: 'note', to: 'text' },
    ];

    test('so it is for what is dropped or replaced', async () => {
      await fresh();
      await refer('note VARCHAR(9)', 'note');
      const named = /foreign key private.of_order of private.lines_of/u;
      for (const change of takesAway) await expect(planBy(sees, change)).rejects.toThrow(named);
    });

    test.each([...takesAway, { kind: 'drop-index', name: 'by_note' }])(
      'a plan of $kind says that foreign keys were not seen where the role may not look, and only there',
      async (change) => {
        await fresh();
        // What takes the place of a unique index is another matter.
        await root.query('ALTER TABLE shop.orders DROP KEY by_note, ADD KEY by_note (note)');
        const said = async (role: MysqlUnderTest, asked: Readonly<Record<string, unknown>>) =>
          (await planBy(role, asked)).plan.warnings.filter(isUnseen).length;
        expect(await said(blind, change)).toBe(1);
        expect(await said(sees, change)).toBe(0);
      },
    );

    test.each([
      { kind: 'add-index', name: 'more', index: '(note, id)' },
      { kind: 'rename-table', to: 'purchases', by: 'alias' },
    ])(
      'a plan of $kind, which takes nothing away to which a foreign key may refer, does not say so',
      async (change) => {
        await fresh();
        expect((await planBy(blind, change)).plan.warnings.filter(isUnseen)).toEqual([]);
      },
    );

    test('what a role cannot see of how MySQL does a change, the plan does not claim', async () => {
      await fresh();
      const warnings = async (role: MysqlUnderTest) =>
        (
          await migrationUnderTest(role.database, freshName(), {
            table: 'shop.orders',
            change: { kind: 'set-not-null', column: 'note' },
          })
        ).plan.warnings.join('\n');
      expect(await warnings(blind)).toContain(
        'whether it rewrites the table could not be seen, for the role lacks PROCESS',
      );
      expect(await warnings(sees)).toContain('it rewrites the table beside the traffic');
    });
  },
);
