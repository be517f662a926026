import { installLedger } from '../../engine/ledger/install.ts';
import { assert, asyncProperty, constantFrom } from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { catalogSnapshot } from './catalog-snapshot.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { hostileFragment } from './dialects/postgres/fragments/hostile-fragment.ts';
import { migrationUnderTest } from './migration-under-test.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest(`
    CREATE TABLE users (id bigint PRIMARY KEY, "from" integer, name text DEFAULT 'nobody');
    INSERT INTO users VALUES (1, 1, 'one'), (2, NULL, 'two');
  `);
  await installLedger(db.database);
});
afterAll(() => db.close());

const honest = {
  'add-column': { column: 'fresh', type: 'text', default: "'en'", backfill: 'name' },
  'change-type': {
    column: 'from',
    to: 'to',
    type: 'text',
    up: '"from"::text',
    down: '"to"::integer',
    default: '0',
  },
} as const;

const places = [
  ['add-column', 'type'],
  ['add-column', 'default'],
  ['add-column', 'backfill'],
  ['change-type', 'type'],
  ['change-type', 'up'],
  ['change-type', 'down'],
  ['change-type', 'default'],
] as const;

/** The table without what the migration adds, and all rows of it. */
async function table(): Promise<unknown> {
  const rows = await db.sql.query('SELECT id, "from", name FROM users ORDER BY id');
  return { catalog: await catalogSnapshot(db.sql), rows: rows.rows };
}

let tried = 0;
/** What keeps the migration from being planned; undefined where it was planned, begun and undone. */
async function attempt(kind: keyof typeof honest, key: string, sql: string): Promise<string | undefined> {
  const change = { kind, ...honest[kind], [key]: sql };
  try {
    const migration = await migrationUnderTest(db.database, `m-${(tried += 1)}`, {
      table: 'public.users',
      change,
    });
    await migration.apply('expand', 'dual-write');
    await migration.backfill();
    await migration.undo('backfill', 'dual-write', 'expand');
    return undefined;
  } catch (error) {
    if (error instanceof Error && ['InvalidSpec', 'PreflightFailed'].includes(error.name))
      return error.message;
    throw error;
  }
}

test.each([
  [
    'add-column',
    'default',
    "'a', DROP COLUMN name",
    "11:3 change.default: `'a', DROP COLUMN name` is not one SQL expression and nothing else.",
  ],
  [
    'add-column',
    'type',
    'text, DROP COLUMN name',
    '10:3 change.type: `text, DROP COLUMN name` is not one type and nothing else.',
  ],
  ['add-column', 'backfill', 'name, id = 7', 'change.backfill: `name, id = 7` is not one SQL expression'],
  ['change-type', 'type', 'text, DROP COLUMN name', 'change.type: `text, DROP COLUMN name` is not one type'],
  ['change-type', 'up', '"from"::text, name = NULL', 'change.up: `"from"::text, name = NULL` is not one SQL'],
  ['change-type', 'down', '0 WHERE true', 'change.down: `0 WHERE true` is not one SQL expression'],
  [
    'change-type',
    'default',
    "'a', ALTER name DROP DEFAULT",
    "change.default: `'a', ALTER name DROP DEFAULT` is not",
  ],
] as const)(
  '%s: a %s that leaves its place is refused at its line, and nothing is touched: %s',
  async (kind, key, sql, says) => {
    const before = await table();
    expect(await attempt(kind, key, sql)).toContain(says);
    expect(await table()).toEqual(before);
  },
);

test('whatever an author writes as SQL, the rest of the table is as before', async () => {
  const before = await table();
  const fragment = constantFrom(...places).chain(([kind, key]) =>
    hostileFragment(key === 'type' ? 'type' : 'value').map((sql) => [kind, key, sql] as const),
  );
  await assert(
    asyncProperty(fragment, async ([kind, key, sql]) => {
      await attempt(kind, key, sql);
      expect(await table()).toEqual(before);
    }),
    { numRuns: 60 },
  );
});
