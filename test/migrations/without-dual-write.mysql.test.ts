import { describe, expect, test } from 'vitest';
import type { PhaseName } from '../../engine/plan/plan.ts';
import { hasMysql } from '../fresh-mysql-database.ts';
import { expectEnded } from './ended.ts';
import { onStage } from './on-stage.ts';

interface Example {
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
  { file: '0004-orders-unique-by-user.yaml', breach: 'verify', table: 'orders', columnsAfter: orders },
  {
    file: '0010-subscriptions-refer-to-plans.yaml',
    breach: 'verify',
    table: 'subscriptions',
    columnsAfter: ['id', 'plan', 'seats'],
  },
  { file: '0012-orders-find-by-age.yaml', breach: 'verify', table: 'orders', columnsAfter: orders },
  {
    file: '0005-orders-drop-currency.yaml',
    breach: 'quarantine',
    table: 'orders',
    columnsAfter: orders.filter((column) => column !== 'currency'),
  },
  {
    file: '0006-drop-coupons.yaml',
    breach: 'quarantine',
    table: 'coupons',
    columnsAfter: [],
    requestsPerSecond: 0,
  },
];

describe.skipIf(!hasMysql()).concurrent('kinds without a dual write on MySQL', () => {
  test.each(examples)(
    '$file rolls back from $breach, and the table is as before; the next start completes',
    ({ file, table, columnsAfter, breach, requestsPerSecond }) =>
      onStage({ file: `migrations/mysql/${file}`, table }, async (stage) => {
        const traffic = requestsPerSecond === undefined ? {} : { requestsPerSecond };
        const before = await stage.catalog();
        expect(before.columns).not.toEqual({});
        const back = await stage.run({ ...traffic, breach });
        expectEnded(back, 'rolled-back', { rollback: { phase: breach } });
        expect(await stage.catalog()).toEqual(before);
        expectEnded(await stage.run(traffic), 'completed', { notes: [] });
        expect(Object.keys((await stage.catalog()).columns).toSorted()).toEqual(columnsAfter.toSorted());
      }),
  );
});
