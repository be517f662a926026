import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PhaseName } from '../../engine/plan/plan.ts';
import { hasMysql } from '../fresh-mysql-database.ts';
import { mysqlCloud, type MysqlCloud } from '../rehearsal/mysql-cloud.ts';
import { columnsOf } from '../rehearsal/mysql-columns.ts';

interface Example {
  readonly target: string;
  readonly file: string;
  /** In which a guardrail is tripped. */
  readonly breach: PhaseName;
  readonly table: string;
  readonly columnsAfter: readonly string[];
  /** Of a table that goes there is none. */
  readonly requestsPerSecond?: 0;
}

const orders = ['id', 'user_id', 'amount', 'currency', 'status', 'created_at'];
const examples: readonly Example[] = [
  {
    target: 'unique',
    file: '0004-orders-unique-by-user.yaml',
    breach: 'verify',
    table: 'orders',
    columnsAfter: orders,
  },
  {
    target: 'key',
    file: '0010-subscriptions-refer-to-plans.yaml',
    breach: 'verify',
    table: 'subscriptions',
    columnsAfter: ['id', 'plan', 'seats'],
  },
  {
    target: 'own',
    file: '0012-orders-find-by-age.yaml',
    breach: 'verify',
    table: 'orders',
    columnsAfter: orders,
  },
  {
    target: 'column',
    file: '0005-orders-drop-currency.yaml',
    breach: 'quarantine',
    table: 'orders',
    columnsAfter: orders.filter((column) => column !== 'currency'),
  },
  {
    target: 'table',
    file: '0006-drop-coupons.yaml',
    breach: 'quarantine',
    table: 'coupons',
    columnsAfter: [],
    requestsPerSecond: 0,
  },
];

describe.skipIf(!hasMysql())('kinds without a dual write on MySQL', () => {
  let stage: MysqlCloud<string>;
  beforeAll(async () => {
    stage = await mysqlCloud(examples.flatMap(({ target }) => [target, `${target}-back`]));
  });
  afterAll(() => stage.close());

  const columnsAt = async (target: string, table: string) =>
    (await columnsOf(stage.urlOf(target), table)).toSorted();

  test.each(examples)('$file completes', async ({ target, file, table, columnsAfter, requestsPerSecond }) => {
    const traffic = requestsPerSecond === undefined ? {} : { requestsPerSecond };
    const { result, asAsked, notes } = await stage.run(target, file, traffic);
    expect({ ...result, asAsked, notes }).toMatchObject({
      outcome: 'completed',
      asAsked: true,
      traffic: { failed: 0, lostWrites: 0 },
    });
    expect(await columnsAt(target, table)).toEqual(columnsAfter.toSorted());
  });

  test.each(examples)(
    '$file rolls back from $breach, and the table is as before',
    async ({ target: name, file, table, breach, requestsPerSecond }) => {
      const target = `${name}-back`;
      const before = await columnsAt(target, table);
      const { result, asAsked, notes } = await stage.run(target, file, {
        breach,
        ...(requestsPerSecond === undefined ? {} : { requestsPerSecond }),
      });
      expect({ ...result, asAsked, notes }).toMatchObject({
        outcome: 'rolled-back',
        asAsked: true,
        rollback: { phase: breach },
        traffic: { failed: 0, lostWrites: 0 },
      });
      expect(before).not.toEqual([]);
      expect(await columnsAt(target, table)).toEqual(before);
    },
  );
});
