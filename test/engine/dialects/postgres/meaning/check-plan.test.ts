import { beforeAll, describe, expect, test } from 'vitest';
import { PreflightFailed } from '../../../../../engine/database/errors.ts';
import type { SqlParser } from '../../../../../engine/database/sql-parser.ts';
import { checkPlan } from '../../../../../engine/dialects/postgres/meaning/check-plan.ts';
import type { Change } from '../../../../../engine/changes/kinds.ts';
import { ownObjects } from '../../../../../engine/dialects/postgres/meaning/own-objects.ts';
import { brief } from '../../../../../engine/plan/brief.ts';
import { sqlParser } from '../../../../../lambdas/runtime/sql-parser.ts';
import { honest, plansOf, type Written } from '../fragments/compiled-with.ts';

let parser: SqlParser;
beforeAll(async () => {
  parser = await sqlParser();
});

test('a plan that does what it means is let pass', async () => {
  const change: Change = { kind: 'change-type', column: 'from', to: 'to', ...honest };
  for (const plan of await plansOf(change)) expect(refusalOf(() => checkPlan(plan, parser))).toBe('');
});

describe('a plan in which SQL has left its place all the same is refused by what it does', () => {
  test.each<[keyof Written, string, string]>([
    ['type', 'text, DROP COLUMN name', 'AT_DropColumn "public"."users"."name"'],
    ['type', 'text NOT NULL', 'CONSTR_NOTNULL'],
    ['type', 'text REFERENCES users', 'CONSTR_FOREIGN'],
    ['type', 'text; DROP TABLE users', 'drop OBJECT_TABLE "users"'],
    ['default', "'a', DROP COLUMN name", 'AT_DropColumn "public"."users"."name"'],
    ['default', `'a', ALTER "to" SET NOT NULL`, 'AT_ColumnDefault "public"."users"."to", AT_SetNotNull'],
    ['up', '"from", name = NULL', 'UPDATE "public"."users"."name"'],
  ])('%s: %s', async (key, text, says) => {
    const replaced: Change = { kind: 'change-type', column: 'from', to: 'to', ...honest, [key]: text };
    const added: Change = { kind: 'add-column', column: 'to', ...honest, backfill: honest.up, [key]: text };
    const plans = (await Promise.all([replaced, added].map(plansOf))).flat();
    const messages = plans.map((plan) => refusalOf(() => checkPlan(plan, parser)));
    expect(messages.join('\n')).toContain(says);
  });
});

describe('of the schema of the ledger a plan touches what it makes itself, and nothing that all share:', () => {
  const { isFunction, isTrigger, writes } = ownObjects('orders');
  test.each([
    ['its function', isFunction(['underpin', 'orders_dual_write']), true],
    ['the default of its columns', isFunction(['underpin', 'orders_absent']), true],
    ['one that all share', isFunction(['underpin', 'enter']), false],
    ["another migration's", isFunction(['underpin', 'users_dual_write']), false],
    ['one of another schema', isFunction(['public', 'orders_dual_write']), false],
    ['one without a schema', isFunction(['orders_dual_write']), false],
    ['its trigger', isTrigger('~underpin_orders_2_insert'), true],
    ["another migration's trigger", isTrigger('~underpin_orders2_2_insert'), false],
    ['where a row is noted', writes(['underpin', 'stubborn_row']), true],
    ['when a row was filled last', writes(['underpin', 'migration', 'swept_at']), true],
    ['its own plan', writes(['underpin', 'migration', 'plan']), false],
    ['all of a migration', writes(['underpin', 'migration']), false],
    ['to whom a table belongs', writes(['underpin', 'table_claim']), false],
    ['what is applied', writes(['underpin', 'applied']), false],
  ])('%s', (_, may, should) => {
    expect(may).toBe(should);
  });

  test.each([
    `CREATE OR REPLACE FUNCTION underpin.enter() RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN true; END'`,
    'DROP FUNCTION underpin.enter',
    `UPDATE underpin.migration SET plan = '{}'`,
    'DELETE FROM underpin.applied',
    'GRANT EXECUTE ON FUNCTION underpin.enter TO PUBLIC',
  ])('a unit that holds %s is refused', async (sql) => {
    const [plan] = await plansOf({ kind: 'add-column', column: 'to', ...honest, backfill: honest.up });
    if (plan === undefined) throw new Error('a plan is made');
    const more = {
      ...plan,
      phases: { ...plan.phases, verify: { run: [brief('more', 'none', [sql])], undo: [] } },
    };
    expect(refusalOf(() => checkPlan(more, parser))).toContain('would do more than its change means');
  });
});

function refusalOf(attempt: () => void): string {
  try {
    attempt();
    return '';
  } catch (error) {
    if (error instanceof PreflightFailed) return error.message;
    throw error;
  }
}
