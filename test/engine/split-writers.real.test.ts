import { afterAll, beforeAll, expect, test } from 'vitest';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest } from './migration-under-test.ts';
import { OrderWriters, type Application } from './split-writers.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterAll(() => db.close());

const lines = async (from: string, where = ''): Promise<readonly string[]> =>
  (
    await db.sql.query<{ line: string }>(
      `SELECT format('%s %s %s %s', o.id, amount, coalesce(note, '-'), coalesce(channel, 'web')) AS line FROM ${from} ${where} ORDER BY o.id`,
    )
  ).rows.map(({ line }) => line);
const ofOld = () => lines('orders AS o');
const ofNew = () => lines('(SELECT id, amount FROM orders) AS o LEFT JOIN orders_meta AS m USING (id)');

const given = new Map(
  Array.from({ length: 4000 }, (_, at) => {
    const note = at % 3 === 0 ? null : `old ${at}`;
    return [at + 1, { amount: at, note, channel: at % 4 === 0 ? 'web' : 'app' }] as const;
  }),
);

const applications: readonly (readonly [string, readonly Application[]])[] = [
  ['the old application', ['old', 'old', 'old']],
  ['the new application', ['new', 'new', 'new']],
  ['both applications', ['old', 'new', 'both', 'both']],
];

test.each(applications)(
  'both tables hold what %s was told, through every phase and back',
  { timeout: 600_000 },
  async (_, kinds) => {
    await db.sql.query(`DROP TABLE IF EXISTS orders_meta, orders CASCADE;
      -- An autovacuum gives way to a lock only when somebody has waited for it for a second.
      CREATE TABLE orders (id bigint PRIMARY KEY, amount int NOT NULL, note text, channel text NOT NULL DEFAULT 'web') WITH (autovacuum_enabled = false);
      INSERT INTO orders SELECT n + 1, n, CASE WHEN n % 3 > 0 THEN 'old ' || n END, CASE WHEN n % 4 = 0 THEN 'web' ELSE 'app' END
      FROM generate_series(0, 3999) AS n`);
    const migration = await migrationUnderTest(db.database, `w-${kinds.join('-')}`, {
      table: 'public.orders',
      change: { kind: 'split-table', into: 'orders_meta', columns: ['note', 'channel'] },
    });
    await migration.apply('expand', 'dual-write');
    const writers = await OrderWriters.start(db, kinds, given);
    try {
      await writers.more(300);
      await migration.backfill();
      await migration.apply('backfill');
      await writers.more(100);
      expect(await migration.mismatches()).toBe(0);
      await migration.apply('verify', 'read-switch', 'confidence');
      await writers.more(200);
      writers.isOldThere = false;
      await migration.apply('quarantine');
      await writers.more(200);
      await migration.undo('quarantine');
      writers.isOldThere = true;
      await writers.more(200);
      expect(await migration.mismatches()).toBe(0);
    } finally {
      await writers.stop();
    }
    expect(writers.failures).toEqual([]);
    expect(await ofOld()).toEqual(writers.expected);
    expect(await ofNew()).toEqual(writers.expected);
    await migration.apply('quarantine', 'contract');
    expect(await ofNew()).toEqual(writers.expected);
  },
);
