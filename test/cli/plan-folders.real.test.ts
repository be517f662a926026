import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { said } from './said.ts';
import { databaseUnderTest, type DatabaseUnderTest } from '../engine/database-under-test.ts';

let db: DatabaseUnderTest;
let folder: string;
beforeAll(async () => {
  db = await databaseUnderTest(`
    CREATE SCHEMA shop;
    CREATE TABLE shop.orders (id int PRIMARY KEY, placed text, amount int);
    INSERT INTO shop.orders VALUES (1987654321, 'today', -1), (2, 'now', 5);
    CREATE TABLE shop.published (a text);
    CREATE PUBLICATION told FOR TABLE shop.published;
    ANALYZE;`);
  folder = mkdtempSync(join(tmpdir(), 'underpin-folder-'));
  write('0001-say-when.yaml', 'orders', '{ kind: rename-column, from: placed, to: placed_on }');
  write('0002-require-when.yaml', 'orders', '{ kind: set-not-null, column: placed_on }');
  write('0003-positive.yaml', 'orders', '{ kind: add-check, name: positive, check: amount >= 0 }');
  write('0004-published.yaml', 'published', '{ kind: rename-column, from: a, to: b }');
  write('0005-nobody.yaml', 'orders', '{ kind: drop-not-null, column: amuont }');
  write('0006-unanswered.yaml', 'orders', '{ kind: add-column, column: note, type: text }', '');
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await db.close();
});

const answers = `owner: shop-team
deadline: 2030-01-01
changeWindow: {}
checklist: { rollbackNote: none, trafficProfile: quiet, dashboards: [https://example.com], notify: ['#shop'] }
`;

function write(name: string, table: string, change: string, checklist = answers): void {
  writeFileSync(join(folder, name), `goal: A test\ntable: shop.${table}\nchange: ${change}\n${checklist}`);
}

const plan = (...words: readonly string[]) => said(['plan', ...words]);

const document = z.object({
  format: z.literal('underpin-plans-1'),
  plans: z.array(z.object({ migration: z.string(), outcome: z.string(), message: z.string() })),
});

test('of a folder each migration has its outcome, by who has to change something first', async () => {
  const { code, out, err } = await plan(folder, '--database-url', db.url, '--format', 'json');
  expect({ code, err }).toEqual({ code: 2, err: '' });
  const { plans } = document.parse(JSON.parse(out));
  expect(plans.map(({ migration, outcome }) => [migration, outcome])).toEqual([
    ['say-when', 'ready'],
    ['require-when', 'not ready'],
    ['positive', 'not ready'],
    ['published', 'not ready'],
    ['nobody', 'wrong'],
    ['unanswered', 'open'],
  ]);
  expect(plans[1]?.message).toContain('say-when makes it: that migration runs first.');
  expect(plans[2]?.message).toContain('1 row breaks it');
  // No count of a plan comes near so long a number, as a short one of a row would now and then.
  expect(out, 'no key of a row leaves the terminal').not.toContain('1987654321');
});

test('the code of one file says which of them it is', async () => {
  const at = (name: string) => plan(join(folder, name), '--database-url', db.url);
  const positive = await at('0003-positive.yaml');
  expect(positive.code).toBe(3);
  expect(positive.err).toContain('by key: (1987654321)');
  expect(await at('0006-unanswered.yaml')).toMatchObject({ code: 1, err: '' });
  expect(await at('0005-nobody.yaml')).toMatchObject({ code: 2, out: '' });
});

test('of a folder people read an overview that fits 80 columns, and what is wrong beside it', async () => {
  const { out, err } = await plan(folder, '--database-url', db.url);
  expect(out).toContain('1 ready, 1 open, 1 wrong, 3 not ready.');
  for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
  expect(err).toContain('table shop.orders has no column "amuont". Did you mean "amount"?');
});

test('a database that does not answer is not taken for one that refuses, and its password is not repeated', async () => {
  const nowhere = 'postgres://me:hush@127.0.0.1:1/shop';
  const { code, out } = await plan(folder, '--database-url', nowhere, '--format', 'markdown');
  expect(code).toBe(4);
  expect(out).toContain('**underpin plan**: 6 not asked');
  expect(out).not.toContain('hush');
  // Six files, one reason.
  expect((await plan(folder, '--database-url', nowhere)).err.match(/cannot be reached/gu)).toHaveLength(1);
});

test('without a database a folder is planned as far as its files go', async () => {
  const { code, out } = await plan(folder);
  expect(code).toBe(1);
  expect(out).toContain('5 ready, 1 open.');
});
