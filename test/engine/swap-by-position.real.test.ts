import { afterAll, beforeAll, expect, test } from 'vitest';
import { catalogSnapshot } from './catalog-snapshot.ts';
import { databaseUnderTest, sqlState, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest, type MigrationUnderTest } from './migration-under-test.ts';

/** What a trigger of others finds in a row that an INSERT gives without naming columns, once two columns have exchanged their names. */
let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest(`
    CREATE SEQUENCE drawn;
    CREATE DOMAIN whole AS integer NOT NULL;
    CREATE FUNCTION doubled() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      NEW.seen := coalesce(NEW.n::text, 'nothing');
      NEW.n := CASE NEW.note WHEN 'none' THEN NULL WHEN 'seven' THEN 7 WHEN 'three' THEN 3 ELSE NEW.n * 2 END;
      RETURN NEW;
    END $$`);
});
afterAll(() => db.close());

const made = (table: string, n: string): string => `
  CREATE TABLE ${table} (id integer PRIMARY KEY, n ${n}, note text, seen text);
  CREATE TRIGGER a_doubled BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION doubled();
  INSERT INTO ${table} VALUES (1, 10, 'before')`;

const inserts = (table: string, from: number): string => `
  INSERT INTO ${table} VALUES (${from}, 5, 'given'), (${from + 1}, 5, 'none'), (${from + 2}, 5, 'seven'), (${from + 3}, 5, 'three'),
    (${from + 5}, 7, 'the default');
  INSERT INTO ${table} (id, n, note) VALUES (${from + 6}, 5, 'named'), (${from + 7}, NULL, 'named'), (${from + 8}, 5, 'none');
  INSERT INTO ${table} SELECT ${from + 9}, 9`;

const insertsNull = (table: string, id: number): string =>
  `INSERT INTO ${table} VALUES (${id}, NULL, 'NULL')`;

async function rows(table: string): Promise<readonly unknown[]> {
  return (await db.sql.query(`SELECT id, n::text, note, seen FROM ${table} ORDER BY id`)).rows;
}

/** In a session of its own: in one that has run it before, the trigger's function keeps the column's old type, as after any ALTER TYPE. */
async function sent(sql: string): Promise<void> {
  const writer = await db.connect();
  await writer.query(`SET app.n = '3'; ${sql}`);
}

const toBigint = { kind: 'change-type', column: 'n', type: 'bigint', down: 'n::integer' };

async function verified(name: string): Promise<MigrationUnderTest> {
  const declared = { table: 'public.parts', change: toBigint };
  const migration = await migrationUnderTest(db.database, `by-position-${name}`, declared);
  await migration.apply('expand', 'dual-write');
  await migration.backfill();
  await migration.apply('verify');
  return migration;
}

test.each([
  ['no default', 'integer'],
  ['a constant one', 'integer DEFAULT 7'],
  ['one that the session decides', `integer DEFAULT coalesce(current_setting('app.n', true), '0')::integer`],
  ['one that is drawn', `integer DEFAULT nextval('drawn')`],
])('%s: it is what it is on a table that was altered', async (_, n) => {
  await db.sql.query(`DROP TABLE IF EXISTS parts, altered; ${made('parts', n)}; ${made('altered', n)}`);
  const migration = await verified(_.replaceAll(' ', '-').slice(0, 20));
  await db.sql.query('ALTER TABLE altered ALTER COLUMN n TYPE bigint');
  const before = await catalogSnapshot(db.sql);
  await migration.apply('swap');
  await sent(`${inserts('parts', 11)}; ${inserts('altered', 11)}`);
  // A NULL by position cannot be told from nothing where the old column has no default any more.
  if (!n.includes('nextval')) await sent(`${insertsNull('parts', 25)}; ${insertsNull('altered', 25)}`);
  expect(await rows('parts')).toEqual(await rows('altered'));
  expect((await migration.walk('check', { purpose: 'reconcile', n: 1 })).changed).toBe(0);
  await migration.undo('swap');
  expect(await catalogSnapshot(db.sql)).toEqual(before);
  await sent(`${inserts('parts', 31)}; ${inserts('altered', 31)}`);
  await sent(`${insertsNull('parts', 45)}; ${insertsNull('altered', 45)}`);
  expect(await rows('parts')).toEqual(await rows('altered'));
  expect(await migration.mismatches()).toBe(0);
  await migration.apply('swap', 'contract');
  expect(await rows('parts')).toEqual(await rows('altered'));
});

test('a column of a domain that is NOT NULL is emptied without asking the domain, and asked in the end', async () => {
  await db.sql.query(`DROP TABLE IF EXISTS parts; ${made('parts', 'whole')}`);
  const migration = await verified('domain');
  await migration.apply('swap');
  await sent(`INSERT INTO parts VALUES (11, 5, 'given'); INSERT INTO parts (id, n) VALUES (12, 6)`);
  expect(await sqlState(sent(`INSERT INTO parts VALUES (13, 5, 'none')`))).toBe('23502');
  expect((await rows('parts')).slice(1)).toEqual([
    { id: 11, n: '10', note: 'given', seen: '5' },
    { id: 12, n: '12', note: null, seen: '6' },
  ]);
  expect((await migration.walk('check', { purpose: 'reconcile', n: 1 })).changed).toBe(0);
});

test('GENERATED ALWAYS is a promise by name alone between swap and contract, as the plan and the page say', async () => {
  await db.sql.query(`DROP TABLE IF EXISTS parts;
    CREATE TABLE parts (n integer GENERATED ALWAYS AS IDENTITY, id integer PRIMARY KEY, note text);
    INSERT INTO parts (id) VALUES (1), (2)`);
  const byName = `INSERT INTO parts (n, id) VALUES (50, 3)`;
  const byPosition = (id: number, says = ''): string =>
    `INSERT INTO parts ${says} VALUES (${id * 10}, ${id})`;
  const inserted = async (id: number): Promise<unknown> =>
    (await db.sql.query(`SELECT n::integer FROM parts WHERE id = ${id}`)).rows[0];
  const migration = await verified('always');
  expect(migration.plan.warnings.join('\n')).toContain(
    'an INSERT without a list of columns that gives n a value is not refused (428C9, GENERATED ALWAYS)',
  );
  for (const refused of [byName, byPosition(3)]) expect(await sqlState(sent(refused))).toBe('428C9');
  await migration.apply('swap');
  expect(await sqlState(sent(byName))).toBe('428C9');
  await sent('INSERT INTO parts VALUES (DEFAULT, 4)');
  await sent(byPosition(5, 'OVERRIDING SYSTEM VALUE'));
  // The limit.
  await sent(byPosition(6));
  await sent(byPosition(7, 'OVERRIDING USER VALUE'));
  for (const [id, n] of [
    [4, 3],
    [5, 50],
    [6, 60],
    [7, 70],
  ] as const)
    expect(await inserted(id)).toEqual({ n });
  expect((await migration.walk('check', { purpose: 'reconcile', n: 1 })).changed).toBe(0);
});
