import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../engine/database/database.ts';
import { LockNotAcquired } from '../../engine/database/errors.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest, type Declared } from './migration-under-test.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest('SELECT 1');
});
afterAll(() => db.close());
beforeEach(() =>
  db.sql.query(`DROP SCHEMA IF EXISTS underpin, public CASCADE; CREATE SCHEMA public;
    CREATE TABLE people (id int PRIMARY KEY, mail text NOT NULL); INSERT INTO people VALUES (1, 'a'), (2, 'b')`),
);

const column: Declared = {
  table: 'public.people',
  change: { kind: 'rename-column', from: 'mail', to: 'e_mail', by: 'alias' },
};
const table: Declared = {
  table: 'public.people',
  change: { kind: 'rename-table', to: 'persons', by: 'alias' },
};

/** Counts in `refused` how often the engine was not granted a lock in time. */
function counting(database: Database, refused: LockNotAcquired[]): Database {
  return {
    dialect: database.dialect,
    rows: (statement, schema) => database.rows(statement, schema),
    start: (statement) => database.start(statement),
    run: async (statement) => {
      try {
        return await database.run(statement);
      } catch (error) {
        if (error instanceof LockNotAcquired) refused.push(error);
        throw error;
      }
    },
  };
}

/** Reads over and over; in the end it gives every answer that was unlike the others. */
function reading(reader: Client, sql: string): () => Promise<readonly string[]> {
  const state = { goesOn: true };
  const answers = new Set<string>();
  const ended = (async (): Promise<void> => {
    while (state.goesOn)
      answers.add(
        await reader.query(sql).then(
          ({ rows }) => JSON.stringify(rows),
          (error: unknown) => String(error),
        ),
      );
  })();
  return async () => {
    state.goesOn = false;
    await ended;
    return [...answers];
  };
}

/** What a session waits for, once it waits for a table or a view. */
async function awaited(pid: number): Promise<unknown> {
  for (;;) {
    const { rows } = await db.sql.query<{ name: string }>(
      `SELECT CASE WHEN relation = to_regclass('mails') THEN 'the made view' ELSE 'what is under it' END AS name
       FROM pg_locks WHERE pid = $1 AND locktype = 'relation' AND NOT granted`,
      [pid],
    );
    if (rows.length > 0) return rows[0]?.name;
    await sleep(5);
  }
}

let count = 0;
test.each([
  ['the way back of a column', column, 'underpin_base_people', 'expand'],
  ['the contract of a column', column, 'underpin_base_people', 'contract'],
  ['the way back of a table', table, 'persons', 'expand'],
] as const)(
  '%s: who reads a made view meanwhile waits for it and holds nothing that the unit needs',
  async (_, declared, base, phase) => {
    const refused: LockNotAcquired[] = [];
    const database = counting(db.database, refused);
    const migration = await migrationUnderTest(database, `readers-${(count += 1)}`, declared);
    await migration.apply('expand', 'read-switch', 'confidence');
    await db.sql.query(
      'CREATE VIEW mails AS SELECT e.id FROM people AS e; CREATE VIEW over AS SELECT p.id FROM mails JOIN people AS p USING (id)',
    );
    if (phase === 'contract') await migration.apply('quarantine');
    else await migration.undo('confidence', 'read-switch');
    const [reader, holder] = [await db.connect(), await db.connect()];
    const { rows } = await reader.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    // The unit has to wait for the table until somebody has come to the view.
    await holder.query(`BEGIN; SELECT FROM ${base}`);
    const stop = reading(reader, 'SELECT id FROM mails ORDER BY id');
    refused.length = 0;
    const unit = phase === 'contract' ? migration.apply(phase) : migration.undo(phase);
    const waitedFor = await awaited(rows[0]?.pid ?? 0);
    await holder.query('COMMIT');
    const [outcome] = await Promise.allSettled([unit]);
    const answers = await stop();
    expect(outcome.status).toBe('fulfilled');
    expect(waitedFor).toBe('the made view');
    expect(refused.length).toBeLessThanOrEqual(1);
    expect(answers).toEqual(['[{"id":1},{"id":2}]']);
    expect((await db.sql.query('SELECT id FROM over ORDER BY id')).rows).toEqual([{ id: 1 }, { id: 2 }]);
  },
  30_000,
);

test('a call of a function with a parsed body that waits for the view as it goes may fail, and the next one reads the table', async () => {
  const migration = await migrationUnderTest(db.database, `readers-${(count += 1)}`, column);
  await migration.apply('expand');
  await db.sql.query(
    'CREATE FUNCTION asked() RETURNS TABLE (id int) BEGIN ATOMIC SELECT id FROM people ORDER BY id; END',
  );
  const [reader, holder] = [await db.connect(), await db.connect()];
  const { rows } = await reader.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  await holder.query('BEGIN; SELECT FROM underpin_base_people');
  const stop = reading(reader, 'SELECT id FROM asked()');
  const unit = migration.undo('expand');
  await awaited(rows[0]?.pid ?? 0);
  await holder.query('COMMIT');
  await unit;
  const all = '[{"id":1},{"id":2}]';
  expect((await stop()).filter((answer) => answer !== all)).toEqual([
    expect.stringMatching(/^error: could not open relation with OID \d+$/u),
  ]);
  expect(JSON.stringify((await reader.query('SELECT id FROM asked()')).rows)).toBe(all);
}, 30_000);
