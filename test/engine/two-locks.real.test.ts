import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { databaseUnderTest, sqlState, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest, type MigrationUnderTest } from './migration-under-test.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterAll(() => db.close());

interface Case {
  readonly is: string;
  readonly setup?: string;
  readonly change: Readonly<Record<string, unknown>>;
  /** What comes before the call that locks two tables, and that call. */
  readonly before?: (migration: MigrationUnderTest) => Promise<unknown>;
  readonly locks: (migration: MigrationUnderTest) => Promise<void>;
}

const foreignKey = {
  kind: 'add-foreign-key',
  name: 'by_user',
  columns: 'user_id',
  references: 'public.users',
  referencedColumns: 'id',
};
const referring = 'ALTER TABLE orders ADD CONSTRAINT by_user FOREIGN KEY (user_id) REFERENCES users';

const cases: readonly Case[] = [
  { is: 'a foreign key is added', change: foreignKey, locks: (migration) => migration.apply('expand') },
  {
    is: 'a rollback takes it away',
    change: foreignKey,
    before: (migration) => migration.apply('expand'),
    locks: (migration) => migration.undo('expand'),
  },
  {
    is: 'a column goes that has one',
    setup: referring,
    change: { kind: 'drop-column', column: 'user_id' },
    before: (migration) => migration.apply('confidence', 'quarantine'),
    locks: (migration) => migration.apply('contract'),
  },
  {
    is: 'such a column goes behind the first statement of a call',
    setup: referring,
    change: { kind: 'rename-column', from: 'user_id', to: 'owner_id' },
    before: async (migration) => {
      await migration.apply('expand', 'dual-write', 'backfill');
      await migration.backfill();
      await migration.apply('verify', 'read-switch', 'confidence', 'quarantine');
    },
    locks: (migration) => migration.apply('contract'),
  },
];

test.each(cases)(
  'a writer of two tables is not ended by a deadlock where $is, however patient the migration is',
  async ({ is, setup = '', change, before, locks }) => {
    await db.sql.query(`DROP TABLE IF EXISTS orders, users;
      CREATE TABLE users (id int PRIMARY KEY, name text); INSERT INTO users VALUES (1, 'a');
      CREATE TABLE orders (id int PRIMARY KEY, user_id int, amount int); INSERT INTO orders VALUES (1, 1, 0);
      CREATE INDEX orders_by_user ON orders (user_id); ${setup}`);
    const name = `two-locks-${cases.findIndex((each) => each.is === is)}`;
    const declared = { table: 'public.orders', lockTimeout: '5s', change };
    const migration = await migrationUnderTest(db.database, name, declared);
    await before?.(migration);
    const writer = await db.connect();
    await writer.query(`BEGIN; UPDATE users SET name = 'b' WHERE id = 1`);
    const locked = locks(migration);
    // Later than the server's look for a deadlock on behalf of whoever waits first.
    await setTimeout(1300);
    expect(await sqlState(writer.query('UPDATE orders SET amount = 1 WHERE id = 1'))).toBe('no error');
    await writer.query('COMMIT');
    await locked;
    const { rows } = await db.sql.query('SELECT amount, name FROM orders, users');
    expect(rows).toEqual([{ amount: 1, name: 'b' }]);
  },
);
