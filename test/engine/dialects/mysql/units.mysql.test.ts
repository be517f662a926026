import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Aborted, Fenced, LockNotAcquired, StatementRefused } from '../../../../engine/database/errors.ts';
import { installLedger } from '../../../../engine/ledger/install.ts';
import { Ledger, type Claim } from '../../../../engine/ledger/ledger.ts';
import type { Brief } from '../../../../engine/plan/plan.ts';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { freshName } from './fresh-name.ts';
import { planOfNothing } from './plan-of-nothing.ts';

describe.skipIf(!hasMysql())('a unit of DDL, which MySQL commits by itself', () => {
  let db: MysqlUnderTest;
  let ledger: Ledger;
  let claim: Claim;
  beforeAll(async () => {
    db = await mysqlUnderTest();
    await installLedger(db.database);
    ledger = new Ledger(db.database);
  });
  afterAll(() => db.close());

  let table = '';
  // In a procedure a name without its database is one of the procedure's own database.
  const full = (): string => `${db.schema}.${table}`;
  beforeEach(async () => {
    const migration = freshName();
    table = migration.replace('-', '_');
    await db.sql.query(`CREATE TABLE ${table} (id INT PRIMARY KEY)`);
    claim = await ledger.claim({
      migration,
      seen: 0,
      execution: 'arn:e',
      declaration: '',
      plan: planOfNothing(migration, { schema: db.schema, name: table }),
      settings: { goal: 'A test' },
    });
  });

  const unit = (...statements: string[]): Brief => ({
    kind: 'brief',
    does: 'change',
    lock: 'none',
    statements,
  });
  const add = (...columns: string[]): Brief =>
    unit(...columns.map((column) => `ALTER TABLE ${full()} ADD COLUMN ${column} INT, ALGORITHM = INSTANT`));
  const run = (what: Brief, by = claim, direction: 'run' | 'undo' = 'run') =>
    ledger.runBrief({ ...by, phase: 'expand', direction, unit: 0 }, what, 1000);
  const columns = () =>
    db.value(`SELECT GROUP_CONCAT(column_name ORDER BY ordinal_position) FROM information_schema.columns
              WHERE table_schema = DATABASE() AND table_name = '${table}'`);
  const begun = () => db.value(`SELECT COUNT(*) FROM underpin.begun WHERE migration = '${claim.migration}'`);
  const isApplied = async () => (await ledger.applied(claim.migration)).has('expand', 'run', 0);

  test('runs once, however often it is sent', async () => {
    await Promise.all([run(add('a', 'b')), run(add('a', 'b'))]);
    await run(add('a', 'b'));
    expect(await columns()).toBe('id,a,b');
    expect(await isApplied()).toBe(true);
    expect(await begun()).toBe(0);
    expect(
      await db.value(
        `SELECT COUNT(*) FROM underpin.event WHERE what = 'unit' AND migration = '${claim.migration}'`,
      ),
    ).toBe(1);
  });

  test('that was done when the server died before its mark is marked by the next one', async () => {
    await db.sql
      .query(`INSERT INTO underpin.begun (migration, phase, direction, unit) VALUES ('${claim.migration}', 'expand', 'run', 0);
                        ALTER TABLE ${table} ADD COLUMN a INT`);
    await run(add('a', 'b'));
    expect(await columns()).toBe('id,a,b');
    expect(await isApplied()).toBe(true);
    expect(await begun()).toBe(0);
  });

  test('that meets a column of somebody else is refused, at each attempt', async () => {
    await db.sql.query(`ALTER TABLE ${table} ADD COLUMN a INT`);
    for (const _ of [1, 2])
      await expect(run(add('a'))).rejects.toThrow(/SQLSTATE 42S21\/1060 \(ER_DUP_FIELDNAME\)/);
    expect(await isApplied()).toBe(false);
    expect(await begun()).toBe(0);
  });

  test('half of which was refused goes on from there', async () => {
    const half = unit(...add('a').statements, `ALTER TABLE ${full()} ADD COLUMN b NOSUCHTYPE`);
    await expect(run(half)).rejects.toThrow(StatementRefused);
    expect([await columns(), await begun()]).toEqual(['id,a', 1]);
    await run(add('a', 'b'));
    expect(await columns()).toBe('id,a,b');
  });

  test('waits for an open transaction no longer than its lock timeout, and leaves the table free', async () => {
    const holder = await db.connect();
    await holder.query(`START TRANSACTION; SELECT * FROM ${table}`);
    await expect(run(add('a'))).rejects.toThrow(LockNotAcquired);
    expect(await begun()).toBe(0);
    // Nobody queues behind it any more.
    expect(await db.value(`SELECT COUNT(*) FROM ${table}`)).toBe(0);
    await holder.query('COMMIT');
    await run(add('a'));
    expect(await columns()).toBe('id,a');
  });

  test('of an epoch that is over, of a lost table, or of an aborted migration does nothing', async () => {
    const next = await ledger.fence(claim.migration, 'arn:e');
    await expect(run(add('a'))).rejects.toThrow(Fenced);
    await ledger
      .setOrder({ migration: claim.migration, order: 'abort', reason: 'r', by: 'me' })
      .catch(() => {});
    await db.sql.query(
      `DELETE FROM underpin.event WHERE migration = '${claim.migration}' AND what = 'fenced'`,
    );
    await ledger.setOrder({ migration: claim.migration, order: 'abort', reason: 'r', by: 'me' });
    await expect(run(add('a'), next)).rejects.toThrow(Aborted);
    await db.sql.query(`DELETE FROM underpin.table_claim WHERE migration = '${claim.migration}'`);
    await expect(run(add('a'), next)).rejects.toThrow(Fenced);
    expect(await columns()).toBe('id');
  });

  test('holds up the fence until it has ended: no step forward comes after the way back has begun', async () => {
    const holder = await db.connect();
    await holder.query(`START TRANSACTION; SELECT * FROM ${table}`);
    const step = ledger.runBrief({ ...claim, phase: 'expand', direction: 'run', unit: 0 }, add('a'), 20_000);
    await expect
      .poll(() =>
        db.value(
          "SELECT COUNT(*) FROM performance_schema.metadata_locks WHERE object_type = 'TABLE' AND lock_status = 'PENDING' AND object_schema = DATABASE()",
        ),
      )
      .toBe(1);
    const fence = ledger.fence(claim.migration, 'arn:e');
    await expect
      .poll(() =>
        db.value(
          `SELECT COUNT(*) FROM performance_schema.metadata_locks WHERE object_type = 'USER LEVEL LOCK' AND lock_status = 'PENDING'
             AND object_name = CONCAT('underpin ', LEFT(SHA2('${claim.migration}', 256), 40))`,
        ),
      )
      .toBe(1);
    await holder.query('COMMIT');
    await step;
    expect(await fence).toMatchObject({ epoch: claim.epoch + 1 });
    expect(await isApplied()).toBe(true);
  });

  test('is undone where it ran, and where it did not, its undo does nothing', async () => {
    const back = unit(`ALTER TABLE ${full()} DROP COLUMN a`);
    await run(back, claim, 'undo');
    expect(await columns()).toBe('id');
    await run(add('a'));
    await run(back, claim, 'undo');
    await run(back, claim, 'undo');
    expect(await columns()).toBe('id');
  });

  test('whose session is killed leaves no lock behind, and goes on the next time', async () => {
    const holder = await db.connect();
    await holder.query(`START TRANSACTION; SELECT * FROM ${table}`);
    const step = ledger.runBrief({ ...claim, phase: 'expand', direction: 'run', unit: 0 }, add('a'), 20_000);
    const waiting = `SELECT processlist_id FROM performance_schema.threads
      WHERE processlist_state LIKE 'Waiting for table metadata lock%' AND processlist_info LIKE '%${table}%'`;
    await expect.poll(() => db.value(waiting)).toEqual(expect.any(Number));
    // The SDK sends it again by itself.
    await db.sql.query(`KILL ${String(await db.value(waiting))}`);
    await holder.query('COMMIT');
    await step;
    expect(await columns()).toBe('id,a');
    expect(await isApplied()).toBe(true);
  });
});
