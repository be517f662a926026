import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { measureChanges } from '../../lambdas/evidence/measure-changes.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest } from './migration-under-test.ts';

// Triggers run by their names, and what one behind ours makes of a row the other side is not told.

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest(
    `CREATE FUNCTION touches() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`,
  );
});
afterAll(() => db.close());
beforeEach(() =>
  db.sql.query(`DROP TABLE IF EXISTS events;
    CREATE TABLE events (id bigint, at date, name text, size int, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
    CREATE TABLE events_old PARTITION OF events FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
    CREATE TABLE events_new PARTITION OF events FOR VALUES FROM ('2026-01-01') TO (MAXVALUE)`),
);

const make = (name: string, on: string, fires = 'BEFORE INSERT OR UPDATE') =>
  db.sql.query(`CREATE TRIGGER "${name}" ${fires} ON ${on} FOR EACH ROW EXECUTE FUNCTION touches()`);
let count = 0;
const planned = (change: Readonly<Record<string, unknown>>) =>
  migrationUnderTest(db.database, `late-${(count += 1)}`, { table: 'public.events', change });
const renamed = { kind: 'rename-column', from: 'name', to: 'called' };
const filled = { kind: 'add-column', column: 'twice', type: 'int', backfill: 'size * 2' };

describe('a trigger that would run after ours is refused', () => {
  test.each([
    ['renamed', renamed, 'events', 'trigger ~~late on events would run'],
    ['renamed', renamed, 'events_old', 'trigger ~~late of events_old on events would run'],
    ['filled', filled, 'events', 'trigger ~~late on events would run'],
    ['filled', filled, 'events_new', 'trigger ~~late of events_new on events would run'],
  ])('%s: %o, where it stands on %s', async (_, change, on, says) => {
    await make('~~late', on);
    await expect(planned(change)).rejects.toThrow(says);
  });

  test('and others are not', async () => {
    await make('early', 'events_old');
    await make('~~told', 'events_old', 'AFTER INSERT');
    await planned(renamed);
    await planned(filled);
  });

  test('nor is any where nothing is filled', async () => {
    await make('~~late', 'events');
    await planned({ ...filled, backfill: undefined, default: '7' });
  });
});

test.each(['events', 'events_old'])(
  'one that comes to %s while the migration works keeps the gates shut',
  async (on) => {
    const { plan } = await planned(renamed);
    await make('early', on);
    await make('~~told', on, 'AFTER INSERT');
    expect(await measureChanges('read-switch', plan, db.database)).toEqual([]);
    await make('~~late', on);
    expect(await measureChanges('read-switch', plan, db.database)).toEqual([
      `trigger "~~late" of ${on}, which runs after the dual write, is new`,
    ]);
  },
);

test.each([
  ['an index', 'CREATE INDEX alone ON events_old (name)', 'index alone'],
  [
    'a check',
    `ALTER TABLE events_old ADD CONSTRAINT alone CHECK (name <> '')`,
    'constraint alone on table events_old',
  ],
  [
    'a default',
    `ALTER TABLE events_new ALTER COLUMN name SET DEFAULT 'x'`,
    'default value for column name of table events_new',
  ],
])('%s that one partition gets on the old column alone keeps the gates shut', async (_, sql, what) => {
  const migration = await planned(renamed);
  await migration.apply('expand', 'dual-write');
  expect(await measureChanges('read-switch', migration.plan, db.database)).toEqual([]);
  await db.sql.query(sql);
  expect(await measureChanges('read-switch', migration.plan, db.database)).toEqual([
    `${what} of a partition alone is new`,
  ]);
});
