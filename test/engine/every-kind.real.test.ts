import { afterAll, beforeAll, expect, test } from 'vitest';
import { kindNames, type KindName } from '../../engine/changes/kinds.ts';
import { catalogSnapshot } from './catalog-snapshot.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { goesBeyond, promisedUnits, seenUnits } from './kept-promises.ts';
import { leftoversOf } from './leftovers-of.ts';
import { migrationUnderTest, type Declared } from './migration-under-test.ts';
import { expectUndoneFromEachPhase } from './undone-phases.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest('SELECT 1');
});
afterAll(() => db.close());

const shop = `DROP SCHEMA IF EXISTS public, crm CASCADE; CREATE SCHEMA public; CREATE SCHEMA crm; GRANT USAGE ON SCHEMA crm TO PUBLIC;
  CREATE TABLE shops (id int PRIMARY KEY); INSERT INTO shops VALUES (1), (2);
  CREATE TABLE orders (id int PRIMARY KEY, shop int NOT NULL, amount int NOT NULL DEFAULT 0 CONSTRAINT orders_amount CHECK (amount >= 0),
    note text, label text NOT NULL, placed date NOT NULL);
  CREATE INDEX orders_note ON orders (note DESC NULLS LAST);
  COMMENT ON COLUMN orders.note IS 'what was said'; COMMENT ON INDEX orders_note IS 'by note';
  COMMENT ON CONSTRAINT orders_amount ON orders IS 'never below';
  ALTER TABLE orders ALTER COLUMN note SET STATISTICS 500;
  GRANT SELECT ON orders TO PUBLIC; GRANT UPDATE (note) ON orders TO PUBLIC;
  INSERT INTO orders SELECT n, n % 2 + 1, n, CASE WHEN n % 3 > 0 THEN 'n' || n END, 'label ' || n, date '2026-01-01' + n
  FROM generate_series(1, 50) AS n;`;

type Keys = Readonly<Record<string, unknown>>;

/** Of each kind a change, and the statements that make the same of an idle table, with the names that the plan announces. */
const cases: Readonly<Record<KindName, readonly [change: Keys, plain: string]>> = {
  'rename-column': [
    { from: 'note', to: 'remark' },
    'ALTER TABLE orders RENAME COLUMN note TO remark; ALTER INDEX orders_note RENAME TO orders_remark',
  ],
  'rename-table': [{ to: 'purchases', by: 'alias' }, 'ALTER TABLE orders RENAME TO purchases'],
  'move-table': [{ to: 'crm', by: 'alias' }, 'ALTER TABLE orders SET SCHEMA crm'],
  'partition-table': [
    {
      by: 'range',
      column: 'placed',
      primaryKey: ['id', 'placed'],
      every: 'month',
      from: '2026-01-01',
      to: '2026-03-01',
    },
    `ALTER TABLE orders RENAME TO plain; ALTER INDEX orders_note RENAME TO plain_note; ALTER INDEX orders_pkey RENAME TO plain_pkey;
     CREATE TABLE orders (LIKE plain INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING COMMENTS) PARTITION BY RANGE (placed);
     ALTER TABLE orders ADD PRIMARY KEY (id, placed);
     CREATE INDEX orders_note ON orders (note DESC NULLS LAST);
     COMMENT ON INDEX orders_note IS 'by note';
     ALTER TABLE orders ALTER COLUMN note SET STATISTICS 500;
     GRANT SELECT ON orders TO PUBLIC; GRANT UPDATE (note) ON orders TO PUBLIC;
     CREATE TABLE orders_2026_01 PARTITION OF orders FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
     CREATE TABLE orders_2026_02 PARTITION OF orders FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
     CREATE TABLE orders_default PARTITION OF orders DEFAULT;
     DROP TABLE plain`,
  ],
  'split-table': [
    { into: 'order_notes', columns: ['note'] },
    `CREATE TABLE order_notes (id int PRIMARY KEY REFERENCES orders ON UPDATE CASCADE ON DELETE CASCADE, note text);
     CREATE INDEX order_notes_note ON order_notes (note DESC NULLS LAST);
     COMMENT ON COLUMN order_notes.note IS 'what was said'; COMMENT ON INDEX order_notes_note IS 'by note';
     ALTER TABLE order_notes ALTER COLUMN note SET STATISTICS 500;
     GRANT SELECT ON order_notes TO PUBLIC; GRANT UPDATE (note) ON order_notes TO PUBLIC;
     ALTER TABLE orders DROP COLUMN note`,
  ],
  'change-type': [
    {
      column: 'amount',
      type: 'bigint',
      down: 'amount::integer',
      checks: { orders_amount: 'amount >= 0' },
    },
    // The default is the same, and printed otherwise.
    `ALTER TABLE orders ALTER COLUMN amount TYPE bigint; ALTER TABLE orders ALTER COLUMN amount SET DEFAULT '0'::bigint`,
  ],
  'change-primary-key': [{ column: 'id', type: 'bigint' }, 'ALTER TABLE orders ALTER COLUMN id TYPE bigint'],
  'split-column': [
    {
      column: 'label',
      into: {
        word: { type: 'text', up: "nullif(split_part(label, ' ', 1), '')" },
        rest: { type: 'text', up: "nullif(substr(label, length(split_part(label, ' ', 1)) + 2), '')" },
      },
      down: "nullif(concat_ws(' ', word, rest), '')",
    },
    'ALTER TABLE orders ADD COLUMN word text, ADD COLUMN rest text, DROP COLUMN label',
  ],
  'merge-columns': [
    {
      columns: { shop: "split_part(place, '/', 1)::integer", label: "split_part(place, '/', 2)" },
      into: { place: { type: 'text', up: "concat_ws('/', shop, label)", notNull: true } },
    },
    `ALTER TABLE orders ADD COLUMN place text; UPDATE orders SET place = ''; ALTER TABLE orders ALTER COLUMN place SET NOT NULL,
       DROP COLUMN shop, DROP COLUMN label`,
  ],
  'add-column': [
    { column: 'twice', type: 'integer', backfill: 'amount * 2', notNull: true },
    'ALTER TABLE orders ADD COLUMN twice integer; UPDATE orders SET twice = 0; ALTER TABLE orders ALTER COLUMN twice SET NOT NULL',
  ],
  'drop-not-null': [{ column: 'shop' }, 'ALTER TABLE orders ALTER COLUMN shop DROP NOT NULL'],
  'set-not-null': [
    { column: 'note', repair: "''" },
    `UPDATE orders SET note = '' WHERE note IS NULL; ALTER TABLE orders ALTER COLUMN note SET NOT NULL`,
  ],
  'drop-column': [{ column: 'note' }, 'ALTER TABLE orders DROP COLUMN note'],
  'drop-table': [{}, 'DROP TABLE orders'],
  'add-check': [
    { name: 'orders_low', check: 'amount < 1000' },
    'ALTER TABLE orders ADD CONSTRAINT orders_low CHECK (amount < 1000)',
  ],
  'add-foreign-key': [
    { name: 'orders_of_shop', columns: 'shop', references: 'public.shops', referencedColumns: 'id' },
    'ALTER TABLE orders ADD CONSTRAINT orders_of_shop FOREIGN KEY (shop) REFERENCES shops (id)',
  ],
  'add-index': [
    { name: 'orders_by_day', index: '(placed DESC, lower(note)) WHERE amount > 5' },
    'CREATE INDEX orders_by_day ON orders (placed DESC, lower(note)) WHERE amount > 5',
  ],
  'add-unique': [
    { name: 'orders_once', columns: ['shop', 'label'] },
    'ALTER TABLE orders ADD CONSTRAINT orders_once UNIQUE (shop, label)',
  ],
  'drop-index': [{ name: 'orders_note' }, 'DROP INDEX orders_note'],
  sql: [
    {
      run: [
        `COMMENT ON COLUMN public.orders.amount IS 'in cents'`,
        'CREATE INDEX CONCURRENTLY orders_by_shop ON public.orders (shop)',
      ],
      undo: [
        'DROP INDEX CONCURRENTLY IF EXISTS public.orders_by_shop',
        'COMMENT ON COLUMN public.orders.amount IS NULL',
      ],
    },
    `COMMENT ON COLUMN orders.amount IS 'in cents'; CREATE INDEX orders_by_shop ON orders (shop)`,
  ],
};

// PostgreSQL 18 gives each NOT NULL a name, and a new column's is its own.
const snapshot = async (): Promise<readonly string[]> =>
  (await catalogSnapshot(db.sql)).filter((line) => !/^constraint \S+ \S+ NOT NULL/u.test(line));

const fresh = async (kind: KindName): Promise<Declared> => {
  await db.sql.query(`DROP SCHEMA IF EXISTS underpin CASCADE; ${shop}`);
  return { table: 'public.orders', change: { kind, ...cases[kind][0] } };
};

test.each(kindNames)(
  '%s is undone from each phase, and ends as plain statements leave an idle table',
  async (kind) => {
    const migration = await expectUndoneFromEachPhase(db, `every-${kind}`, await fresh(kind));
    expect(await leftoversOf(migration)).toEqual([]);
    const ours = await snapshot();
    await db.sql.query(`${shop} ${cases[kind][1]}`);
    expect(ours).toEqual(await snapshot());
  },
);

test.each(kindNames)(
  '%s locks its table no more, reads it no more often and writes it anew no more than its plan says',
  async (kind) => {
    const migration = await migrationUnderTest(db.database, `kept-${kind}`, await fresh(kind));
    const promised = promisedUnits(migration);
    const seen = await seenUnits(db, migration);
    expect(seen.filter((unit, at) => goesBeyond(unit, promised[at]))).toEqual([]);
  },
);
