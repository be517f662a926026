import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { phaseOf, type PhaseName } from '../../../../engine/plan/plan.ts';
import { usable } from '../../../../rehearsal/database/mysql-binary.ts';
import { startMysql } from '../../../../rehearsal/database/mysql-server.ts';
import type { DatabaseServer } from '../../../../rehearsal/database/server-process.ts';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { migrationUnderTest, type MigrationUnderTest } from '../../migration-under-test.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { letBatchesBeOld } from './copies.ts';
import { freshName } from './fresh-name.ts';
import { atTheRow, beforeTheStatement, KilledServer, whileItIsAltered } from './killed-server.ts';
import { killedKinds } from './killed-kinds.ts';
import { rowsOf } from './renames.ts';
import { startClients, type LiveClients } from './told-clients.ts';

/** By hand: before and after each statement that changes the table, and not at one of them. It takes minutes. */
const isWhole = process.env['KILLED_AT'] === 'every-unit';

describe.skipIf(!hasMysql())('a server that is killed with SIGKILL in the middle of phases', () => {
  let server: DatabaseServer;
  beforeAll(async () => {
    // What it has committed is with the system, which goes on: no power cut is meant.
    server = await startMysql(usable(inject('mysqlProgram')), {
      cache: inject('mysqlCache'),
      settings: {
        'innodb-buffer-pool-size': '64M',
        'innodb-redo-log-capacity': '16M',
        'innodb-flush-log-at-trx-commit': '2',
        'sync-binlog': '0',
        'innodb-flush-method': 'nosync',
      },
    });
  });
  afterAll(() => server.stop());

  /** Drives a migration through phases in which the server dies, until each is done. */
  class Course {
    private turn = 0;
    constructor(
      private readonly db: MysqlUnderTest,
      private readonly table: string,
      private readonly killed: KilledServer,
      private readonly clients: LiveClients,
      private readonly migration: MigrationUnderTest,
    ) {}

    async go(direction: 'run' | 'undo', ...phases: readonly PhaseName[]): Promise<void> {
      for (const phase of phases) await this.clients.during(this.phase(direction, phase));
    }

    private async phase(direction: 'run' | 'undo', phase: PhaseName): Promise<void> {
      const { killed, migration } = this;
      const work = () => (direction === 'run' ? migration.apply(phase) : migration.undo(phase));
      const { [direction]: units } = phaseOf(migration.plan, phase);
      const table = this.table;
      const before = () => killed.killedAt(beforeTheStatement(this.db.schema, table), work);
      const after = () =>
        killed.killedAfterTheStatement(
          { migration: migration.claim.migration, phase, direction, table },
          work,
        );
      if (isWhole) while ((await before()) && (await after()));
      else if (Array.isArray(units) && units.length > 0)
        await ((this.turn += 1) % 2 === 1 ? after() : before());
      await work();
    }

    async fill(): Promise<void> {
      if (!this.migration.plan.phases.backfill) return;
      const walk = () => this.migration.walk('batch', 'backfill', 3);
      const moment = atTheRow(this.db.schema, this.table, 500);
      expect(await this.killed.killedAt(moment, walk)).toBe(true);
      await this.clients.during(walk());
    }
  }

  test.each(killedKinds)(
    '$kind goes on where it was, there and back, loses no write and leaves nothing behind',
    async ({ kind, columns, needs = '', change, live, before, after }) => {
      const url = await server.createDatabase(kind.replaceAll('-', '_'));
      const db = await mysqlUnderTest('', Promise.resolve({ url, drop: () => Promise.resolve() }));
      const killed = new KilledServer(server, db);
      const create = `CREATE TABLE live (id INT PRIMARY KEY, n INT NOT NULL DEFAULT 0, ${columns})`;
      await db.sql.query(`${needs} ${create}; ${create.replace('live', 'twin')};
        INSERT INTO live ${before}; INSERT INTO twin ${before}`);
      const definition = async (table: string): Promise<unknown> => {
        const sql = await db.connect();
        const [shown] = await rowsOf({ sql }, `SHOW CREATE TABLE ${table}`).then((rows) => rows.map(String));
        return shown?.replaceAll(table, '');
      };
      const asPlanned = await definition('live');
      const plan = (table: string) =>
        migrationUnderTest(db.database, freshName(), {
          table: `${db.schema}.${table}`,
          change: { kind, ...change },
        });
      const clients = await startClients(db, { table: 'live', ...live }, killed);
      try {
        const migration = await plan('live');
        const course = new Course(db, 'live', killed, clients, migration);
        await course.go('run', 'expand', 'dual-write');
        clients.know('old', 'new', 'both');
        await course.fill();
        expect(migration.plan.phases.backfill ? await migration.mismatches() : 0).toBe(0);
        await course.go('run', 'verify', 'read-switch');
        if (migration.plan.phases.swap) await letBatchesBeOld(migration);
        await course.go('run', 'swap');
        clients.know('old');
        await clients.during(Promise.resolve());
        await course.go('undo', 'swap', 'read-switch', 'verify', 'backfill', 'dual-write', 'expand');
        expect(await definition('live')).toBe(asPlanned);
        await migration.apply('expand', 'dual-write');
        clients.know('old', 'new', 'both');
        if (migration.plan.phases.backfill) await migration.backfill();
        await migration.apply('verify', 'read-switch', 'swap');
        clients.know('new');
        await clients.during(Promise.resolve());
        await course.go('run', 'contract');
        await migration.ledger.close(migration.claim, 'completed');
      } finally {
        await clients.end();
      }
      const sql = await db.connect();
      await clients.expectTold({ sql }, 'new');
      const names = Object.keys(after).join(', ');
      expect(await rowsOf({ sql }, `SELECT ${names} FROM live WHERE id = 500`)).toEqual([
        Object.values(after),
      ]);
      // As a migration leaves a table that nothing has happened to.
      const calm = await plan('twin');
      await calm.apply('expand', 'dual-write');
      if (calm.plan.phases.backfill) await calm.backfill();
      await calm.apply('verify', 'read-switch', 'swap', 'contract');
      expect(await definition('live')).toBe(await definition('twin'));
      expect(await leftovers(db)).toEqual([]);
      expect(killed.kills).toBeGreaterThan(1);
      await db.close();
    },
  );

  async function leftovers(db: MysqlUnderTest): Promise<readonly unknown[]> {
    return rowsOf(
      { sql: await db.connect() },
      `SELECT 'trigger', trigger_name FROM information_schema.triggers WHERE trigger_schema = '${db.schema}'
       UNION ALL SELECT 'routine', routine_name FROM information_schema.routines
         WHERE routine_schema = 'underpin' AND routine_comment LIKE 'underpin m-%'
       UNION ALL SELECT 'copy', table_name FROM information_schema.tables
         WHERE table_schema = '${db.schema}' AND table_name LIKE '%underpin%'
       UNION ALL SELECT 'begun', phase FROM underpin.begun
       UNION ALL SELECT 'unanswered', phase FROM underpin.unanswered
       UNION ALL SELECT 'table', name FROM information_schema.innodb_tables WHERE name LIKE '%#sql%'`,
    );
  }

  test.each([
    ['add-unique', { name: 'uq_pad', columns: ['pad', 'id'] }, 'UNIQUE KEY'],
    ['set-not-null', { column: 'pad' }, 'NOT NULL DEFAULT'],
  ])(
    '%s whose table is being altered is built in the end, and leaves nothing behind',
    async (kind, change, has) => {
      const url = await server.createDatabase(`altered_${kind.replaceAll('-', '_')}`);
      const db = await mysqlUnderTest('', Promise.resolve({ url, drop: () => Promise.resolve() }));
      const killed = new KilledServer(server, db);
      await db.sql.query(`CREATE TABLE large (id INT AUTO_INCREMENT PRIMARY KEY, pad VARCHAR(90) DEFAULT 'x');
      INSERT INTO large (pad) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900) SELECT CONCAT('pad of a row ', i) FROM n`);
      const migration = await migrationUnderTest(db.database, freshName(), {
        table: `${db.schema}.large`,
        change: { kind, ...change },
      });
      const state = async () => {
        const sql = await db.connect();
        return String((await rowsOf({ sql }, 'SHOW CREATE TABLE large'))[0]);
      };
      // Where it was too fast to be met, there are twice the rows.
      for (let met = false; !met;) {
        const sql = await db.connect();
        await sql.query('INSERT INTO large (pad) SELECT pad FROM large');
        met = await killed.killedAt(whileItIsAltered('large'), () => migration.apply('verify'));
        if (!met) await migration.undo('verify');
      }
      // Whole, where it had ended in that moment, or not at all.
      expect(await leftovers(db)).toEqual([['unanswered', 'verify']]);
      await migration.apply('verify');
      expect(await state()).toContain(has);
      await migration.ledger.close(migration.claim, 'completed');
      expect(await leftovers(db)).toEqual([]);
      await db.close();
    },
  );
});
