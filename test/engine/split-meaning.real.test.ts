import { afterAll, beforeAll, expect, test } from 'vitest';
import { PreflightFailed } from '../../engine/database/errors.ts';
import { checkPlan } from '../../engine/dialects/postgres/meaning/check-plan.ts';
import { brief } from '../../engine/plan/brief.ts';
import type { Plan } from '../../engine/plan/plan.ts';
import { sqlParser } from '../../lambdas/runtime/sql-parser.ts';
import type { SqlParser } from '../../engine/database/sql-parser.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { freshShop, plainOrders, plannedSplit } from './split-orders.ts';

let db: DatabaseUnderTest;
let parser: SqlParser;
let plan: Plan;
beforeAll(async () => {
  db = await databaseUnderTest();
  parser = await sqlParser();
  await freshShop(db);
  await db.sql.query(`${plainOrders} UPDATE orders SET rank = 1;
    CREATE INDEX orders_channel ON orders (channel); CREATE UNIQUE INDEX orders_note ON orders (note);
    ALTER TABLE orders ADD CONSTRAINT high CHECK (rank > 0), ADD CONSTRAINT ranked FOREIGN KEY (rank) REFERENCES shops`);
  ({ plan } = await plannedSplit(db));
});
afterAll(() => db.close());

const withUnit = (sql: string): Plan => ({
  ...plan,
  phases: { ...plan.phases, verify: { run: [brief('more', 'none', [sql])], undo: [] } },
});

const inBody = (sql: string): string =>
  `CREATE OR REPLACE FUNCTION "underpin"."${plan.migration}_dual_write"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${sql}; RETURN NULL; END $$`;

test.each([
  'DROP INDEX public.orders_meta_note',
  'ALTER TABLE public.orders_meta DROP CONSTRAINT ranked',
  'ALTER TABLE public.orders DROP CONSTRAINT ranked',
  'ALTER TABLE public.orders_meta VALIDATE CONSTRAINT ranked',
  'UPDATE public.orders SET note = NULL',
])('a plan of a split may do what it does: %s', (sql) => {
  checkPlan(withUnit(sql), parser);
});

test('and in its functions it may write', () => {
  checkPlan(withUnit(inBody('DELETE FROM public.orders_meta')), parser);
});

test.each([
  'DROP INDEX public.orders_meta_channel',
  'DROP INDEX public.orders_meta_pkey',
  'ALTER TABLE public.orders_meta DROP CONSTRAINT orders_meta_pkey',
  'ALTER TABLE public.orders_meta DROP CONSTRAINT orders_meta_id_fkey',
  'ALTER TABLE public.orders_meta DROP CONSTRAINT high',
  'ALTER TABLE public.orders DROP CONSTRAINT high',
  'ALTER TABLE public.orders VALIDATE CONSTRAINT ranked',
])('nothing else of what it expects may go: %s', (sql) => {
  expect(() => checkPlan(withUnit(sql), parser)).toThrow(PreflightFailed);
});

test.each([
  'GRANT ALL ON public.orders_meta TO PUBLIC',
  'DROP TABLE public.orders_meta',
  'LOCK TABLE public.orders_meta',
])('and no function of it does anything but write: %s', (sql) => {
  expect(() => checkPlan(withUnit(inBody(sql)), parser)).toThrow(PreflightFailed);
});
