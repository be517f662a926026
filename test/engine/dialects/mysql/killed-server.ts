import type { Connection } from 'mysql2/promise';
import { expect } from 'vitest';
import { TransientDatabaseError } from '../../../../engine/database/errors.ts';
import type { DatabaseServer } from '../../../../rehearsal/database/server-process.ts';
import type { MysqlUnderTest } from '../../mysql-database-under-test.ts';

/** Where a server is killed: while somebody waits for what another session holds. */
interface Moment {
  /** What the other session does in a transaction that it leaves open. */
  readonly holds: string;
  /** A query that has rows once somebody waits for it. */
  readonly waits: string;
}

/** Before the first statement that changes the table. */
export const beforeTheStatement = (schema: string, table: string): Moment => ({
  holds: `SELECT COUNT(*) FROM ${table}`,
  waits: `SELECT 1 FROM performance_schema.metadata_locks
    WHERE object_schema = '${schema}' AND object_name = '${table}' AND lock_type = 'EXCLUSIVE' AND lock_status = 'PENDING'`,
});

/** When a unit's work is done, and its mark in the ledger is not. */
const beforeTheMark = (migration: string, phase: string, direction: string): Moment => ({
  // Units are marked in their order.
  holds: `INSERT INTO underpin.applied (migration, phase, direction, unit)
    SELECT '${migration}', '${phase}', '${direction}', COUNT(*) FROM underpin.applied
    WHERE migration = '${migration}' AND phase = '${phase}' AND direction = '${direction}'`,
  waits: `SELECT 1 FROM performance_schema.data_locks
    WHERE object_schema = 'underpin' AND object_name = 'applied' AND lock_status = 'WAITING'`,
});

/** In the middle of a batch, at a row that no client writes. */
export const atTheRow = (schema: string, table: string, id: number): Moment => ({
  holds: `SELECT id FROM ${table} WHERE id = ${id} FOR UPDATE`,
  waits: `SELECT 1 FROM performance_schema.data_locks
    WHERE object_schema = '${schema}' AND object_name = '${table}' AND lock_status = 'WAITING' AND lock_data = '${id}'`,
});

/** While an index is built or the table is rewritten. */
export const whileItIsAltered = (table: string): Moment => ({
  holds: 'SELECT 1',
  waits: `SELECT 1 FROM performance_schema.processlist WHERE state LIKE 'alter%table%' AND info LIKE '%${table}%'`,
});

/** A server that is killed with SIGKILL and comes back on its data. */
export class KilledServer {
  private restarting: Promise<void> = Promise.resolve();
  kills = 0;

  constructor(
    private readonly server: Pick<DatabaseServer, 'restart'>,
    private readonly db: Pick<MysqlUnderTest, 'connect' | 'schema'>,
  ) {}

  readonly back = (): Promise<void> => this.restarting;
  readonly connect = (): Promise<Connection> => this.db.connect();

  /** Does the work, and kills the server at the moment; false where the work ended without it. */
  killedAt(moment: Moment, work: () => Promise<unknown>): Promise<boolean> {
    return this.killedAmid(work, [moment]);
  }

  /** When the first statement of a phase that changes the table has done so, and its unit is not marked. */
  killedAfterTheStatement(
    { migration, phase, direction, table }: Readonly<Record<string, string>>,
    work: () => Promise<unknown>,
  ): Promise<boolean> {
    return this.killedAmid(work, [
      beforeTheStatement(this.db.schema, table ?? ''),
      beforeTheMark(migration ?? '', phase ?? '', direction ?? ''),
    ]);
  }

  /** Each moment's session lets go when the next one holds. */
  private async killedAmid(work: () => Promise<unknown>, moments: readonly Moment[]): Promise<boolean> {
    const watch = await this.connect();
    const holders: Connection[] = [];
    const hold = async ({ holds }: Moment): Promise<void> => {
      const holder = await this.connect();
      await holder.query('BEGIN');
      await holder.query(holds);
      await holders.at(-1)?.query('ROLLBACK');
      holders.push(holder);
    };
    const [first, ...others] = moments;
    if (first === undefined) return false;
    await hold(first);
    const done = new AbortController();
    const doing = work().finally(() => done.abort());
    // It is heard below.
    doing.catch(() => {});
    const meets = async ({ waits }: Moment): Promise<boolean> => {
      while (!done.signal.aborted) {
        const [found] = await watch.query(waits);
        if (Array.isArray(found) && found.length > 0) return true;
      }
      return false;
    };
    let met = await meets(first);
    for (const moment of met ? others : []) {
      await hold(moment);
      met = await meets(moment);
    }
    if (met) await this.kill(doing);
    else {
      await holders.at(-1)?.query('ROLLBACK');
      await doing;
    }
    for (const connection of [watch, ...holders]) connection.destroy();
    return met;
  }

  private async kill(doing: Promise<unknown>): Promise<void> {
    this.kills += 1;
    this.restarting = this.server.restart('SIGKILL', 0);
    await expect(doing).rejects.toThrow(TransientDatabaseError);
    await this.restarting;
  }
}
