import { beforeAll, describe, expect, test } from 'vitest';
import { PreflightFailed } from '../../../../../engine/database/errors.ts';
import type { SqlParser } from '../../../../../engine/database/sql-parser.ts';
import { checkPlan } from '../../../../../engine/dialects/postgres/meaning/check-plan.ts';
import type { Change } from '../../../../../engine/changes/kinds.ts';
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

function refusalOf(attempt: () => void): string {
  try {
    attempt();
    return '';
  } catch (error) {
    if (error instanceof PreflightFailed) return error.message;
    throw error;
  }
}
