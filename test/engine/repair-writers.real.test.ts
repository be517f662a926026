import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { databaseUnderTest, sqlState, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest } from './migration-under-test.ts';

// A foreign key that is not validated yet lets a row pass whose key stays the same; so did the database before there was one.

let db: DatabaseUnderTest;
let count = 0;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterAll(() => db.close());
beforeEach(() =>
  db.sql
    .query(`DROP TABLE IF EXISTS visits, people; CREATE TABLE people (id int PRIMARY KEY); INSERT INTO people VALUES (1), (10);
    CREATE TABLE visits (id int PRIMARY KEY, person int, n int); INSERT INTO visits VALUES (1, 1, 5), (2, 999, 10)`),
);

const begun = async (to: string) => {
  const migration = await migrationUnderTest(db.database, `repair-writers-${(count += 1)}`, {
    table: 'public.visits',
    change: {
      kind: 'add-foreign-key',
      name: 'visits_person',
      columns: 'person',
      references: 'public.people',
      referencedColumns: 'id',
      repair: { column: 'person', to },
    },
  });
  await migration.apply('expand');
  return migration;
};
const second = async (): Promise<unknown> =>
  (await db.sql.query('SELECT person, n FROM visits WHERE id = 2')).rows[0];

test.each([
  ['fails', '100 / n', 0],
  ['gives what is not there either', 'n', 7],
])('a write is not refused where the repair of its row %s', async (_, to, n) => {
  await begun(to);
  expect(await sqlState(db.sql.query('UPDATE visits SET n = $1 WHERE id = 2', [n]))).toBe('no error');
  expect(await second()).toEqual({ person: 999, n });
});

test('where it mends the row, the write does too', async () => {
  const migration = await begun('100 / n');
  await db.sql.query('UPDATE visits SET n = 100 WHERE id = 2');
  expect(await second()).toEqual({ person: 1, n: 100 });
  await migration.backfill(1);
  await migration.apply('verify');
  expect(await sqlState(db.sql.query('UPDATE visits SET person = 999 WHERE id = 2'))).toBe('23503');
});
