import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { phaseOf } from '../../engine/plan/plan.ts';
import { asFollowed, isExchanged, measureDoubt } from '../../lambdas/evidence/measure-changes.ts';
import { runUnits } from '../../lambdas/steps/units.ts';
import { copied, widenOn } from '../engine/dialects/mysql/copies.ts';
import { toolsOver, type MigrationUnderTest } from '../engine/migration-under-test.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../engine/mysql-database-under-test.ts';
import { hasMysql } from '../fresh-mysql-database.ts';

describe.skipIf(!hasMysql())('who has the name, where the answer to the exchange was lost', () => {
  let db: MysqlUnderTest;
  let migration: MigrationUnderTest;
  beforeAll(async () => {
    db = await mysqlUnderTest('CREATE TABLE live (id INT PRIMARY KEY); INSERT INTO live VALUES (1)');
    migration = await widenOn(db, 'live');
    await copied(migration);
  });
  afterAll(() => db.close());

  const asked = async () => {
    const { plan, claim, ledger } = migration;
    const has = await isExchanged(plan, await ledger.applied(claim.migration), db.database);
    return { has, doubt: await measureDoubt(asFollowed(plan, has), claim, db.database) };
  };
  const unmarked = (direction: string, unit: number) =>
    db.sql.query(
      `DELETE FROM underpin.applied WHERE migration = '${migration.claim.migration}' AND phase = 'swap' AND direction = '${direction}' AND unit = ${unit}`,
    );

  test('the catalog says it, there and on the way back, and no doubt is told that is none', async () => {
    expect(await asked()).toEqual({ has: false, doubt: null });
    await migration.apply('swap');
    await unmarked('run', phaseOf(migration.plan, 'swap').run.length - 1);
    expect(await asked()).toEqual({ has: true, doubt: null });
    await migration.apply('swap');
    const { undo } = phaseOf(migration.plan, 'swap');
    const [back] = 'irreversible' in undo ? [] : undo;
    if (back === undefined) throw new Error('no way back');
    await runUnits(toolsOver(db.database), migration.claim, 'swap', 'undo', [back], 2000);
    await unmarked('undo', 0);
    expect(await asked()).toEqual({ has: false, doubt: null });
    await db.sql.query(`DROP TRIGGER \`${migration.plan.expectsBeforeSwap?.triggers[0] ?? ''}\``);
    expect(await asked()).toMatchObject({ has: false, doubt: expect.stringContaining('is gone') });
  });
});
