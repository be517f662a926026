import { describe, expect, test } from 'vitest';
import { hasMysql } from '../fresh-mysql-database.ts';
import { expectEnded } from './ended.ts';
import { without } from './example-columns.ts';
import { usersColumns } from './mysql-example-columns.ts';
import { onStage } from './on-stage.ts';

const inMysql = (file: string, table: string) => ({ file: `migrations/mysql/${file}`, table });
const rename = inMysql('0001-rename-users-email.yaml', 'users');
const index = inMysql('0002-orders-index-by-status.yaml', 'orders');
const retype = inMysql('0003-orders-amount-in-euros.yaml', 'orders');
const customer = inMysql('0014-orders-user-to-customer.yaml', 'orders');

const whole = { verification: { mismatches: 0 } };

describe.skipIf(!hasMysql()).concurrent('columns and an index under live traffic on MySQL', () => {
  test('rename-column rolls back from its read switch when a guardrail trips, then it completes: every row compared', () =>
    onStage(rename, async (stage) => {
      expectEnded(await stage.run({ breach: 'read-switch' }), 'rolled-back');
      expect((await stage.catalog()).columns).toMatchObject(usersColumns);
      const completed = await stage.run();
      expectEnded(completed, 'completed', { ...whole, notes: [] });
      expect(completed.result.verification.checked).toBeGreaterThan(2000);
      expect(completed.result.traffic.requests).toBeGreaterThan(50);
      expect(completed.report?.lockWaits).toMatchObject({
        source: expect.stringContaining('performance_schema'),
      });
      expect((await stage.catalog()).columns).toEqual({
        ...without(usersColumns, 'email'),
        email_address: usersColumns['email'],
      });
    }));

  test('change-type completes: clients of both versions wrote', () =>
    onStage(retype, async (stage) => {
      const completed = await stage.run();
      expectEnded(completed, 'completed', { ...whole, notes: [] });
      expect(completed.result.traffic.requests).toBeGreaterThan(50);
      const columns = Object.keys((await stage.catalog()).columns);
      expect(columns).toContain('euros');
      expect(columns).not.toContain('amount');
    }));

  test('an index is built beside the traffic', () =>
    onStage(index, async (stage) => {
      const completed = await stage.run();
      expectEnded(completed, 'completed', { notes: [] });
      expect(completed.result.traffic.requests).toBeGreaterThan(0);
    }));

  test('a column that refers to another table has its new name in the end, and its key', () =>
    onStage(customer, async (stage) => {
      const before = await stage.catalog();
      expectEnded(await stage.run(), 'completed');
      const after = await stage.catalog();
      const { user_id: type, ...others } = before.columns;
      expect(after.columns).toEqual({ ...others, customer_id: type });
      const keys = (constraints: readonly string[]) =>
        constraints.filter((each) => each.startsWith('FOREIGN KEY'));
      expect(keys(before.constraints)).not.toEqual([]);
      expect(keys(after.constraints)).toHaveLength(keys(before.constraints).length);
      expect(after.functions).toEqual([]);
    }));
});
