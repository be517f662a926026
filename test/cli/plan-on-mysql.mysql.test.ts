import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mysqlUnderTest, type MysqlUnderTest } from '../engine/mysql-database-under-test.ts';
import { hasMysql } from '../fresh-mysql-database.ts';
import { said } from './said.ts';

describe.skipIf(!hasMysql())('underpin plan on MySQL', () => {
  let db: MysqlUnderTest;
  let folder: string;
  beforeAll(async () => {
    db = await mysqlUnderTest(readFileSync('rehearsal/data/mysql-example-schema.sql', 'utf8'));
    folder = mkdtempSync(join(tmpdir(), 'underpin-plan-'));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await db.close();
  });

  const tables = ['users', 'orders', 'plans', 'subscriptions', 'visits'];
  const fileOf = (example: string): string => {
    const file = join(folder, example);
    const text = readFileSync(join('migrations/mysql', example), 'utf8');
    writeFileSync(file, text.replaceAll(': shop.', `: ${db.schema}.`));
    return file;
  };
  const plan = (file: string, ...words: readonly string[]) =>
    said(['plan', file, '--database-url', db.url, ...words], 100);

  test.each([
    '0001-rename-users-email.yaml',
    '0002-orders-index-by-status.yaml',
    '0003-orders-amount-in-euros.yaml',
    '0009-users-name-in-parts.yaml',
    '0007-users-country-required.yaml',
    '0008-users-add-locale.yaml',
    '0010-subscriptions-refer-to-plans.yaml',
  ])('tells what %s would do, and leaves the tables as they are', async (example) => {
    const before = await Promise.all(tables.map((table) => db.definition(table)));
    const { code, out, err } = await plan(fileOf(example));
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('; MySQL ');
    expect(out).toMatch(/ALGORITHM = (?:INSTANT|INPLACE, LOCK = NONE)/u);
    expect(await Promise.all(tables.map((table) => db.definition(table)))).toEqual(before);
    expect(
      await db.value(
        `SELECT GROUP_CONCAT(table_name ORDER BY table_name) FROM information_schema.tables WHERE table_schema = '${db.schema}'`,
      ),
    ).toBe('coupons,orders,plans,subscriptions,users,visits');
  });

  test('tells what a copy of a table would do, and makes none', async () => {
    const { code, out, err } = await plan(fileOf('0013-visits-key-to-bigint.yaml'));
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('RENAME TABLE');
    expect(
      await db.value(
        `SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = '${db.schema}' AND table_name LIKE 'visits%'`,
      ),
    ).toBe(1);
  });

  test('refuses what the table does not have', async () => {
    const file = join(folder, '0009-no-such-index.yaml');
    writeFileSync(
      file,
      `goal: A test\ntable: ${db.schema}.orders\nchange: { kind: drop-index, name: no_such }\n`,
    );
    const { code, err } = await plan(file);
    expect(code).toBe(2);
    expect(err).toContain('0009-no-such-index.yaml:3');
  });
});
