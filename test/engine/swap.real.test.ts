import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { LockNotAcquired } from '../../engine/database/errors.ts';
import { storedSettings } from '../../engine/plan/stored.ts';
import { sweepStubbornRows } from '../../lambdas/steps/stubborn.ts';
import { catalogSnapshot } from './catalog-snapshot.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import {
  migrationUnderTest,
  ownWarnings,
  toolsOver,
  type MigrationUnderTest,
} from './migration-under-test.ts';

let db: DatabaseUnderTest;
let count = 0;
beforeAll(async () => {
  db = await databaseUnderTest(
    'CREATE TABLE other (n bigint PRIMARY KEY); INSERT INTO other VALUES (1), (2)',
  );
});
beforeEach(() => db.sql.query('DROP TABLE IF EXISTS parts CASCADE'));
afterAll(() => db.close());

const toBigint = { kind: 'change-type', column: 'n', type: 'bigint', down: 'n::integer' };
const planned = (change: Readonly<Record<string, unknown>> = toBigint): Promise<MigrationUnderTest> =>
  migrationUnderTest(db.database, `s-${(count += 1)}`, { table: 'public.parts', change });

async function swapped(change?: Readonly<Record<string, unknown>>): Promise<MigrationUnderTest> {
  const migration = await planned(change);
  await migration.apply('expand', 'dual-write');
  await migration.backfill();
  expect(await migration.mismatches()).toBe(0);
  await migration.apply('verify', 'swap');
  return migration;
}

async function all(text: string): Promise<readonly unknown[]> {
  return (await db.sql.query<Record<string, unknown>>(text)).rows.map((row) => Object.values(row)[0]);
}
const written = (): Promise<readonly unknown[]> =>
  all('SELECT json_build_array(id, n) FROM parts ORDER BY id');

const reconciled = async (migration: MigrationUnderTest): Promise<number> =>
  (await migration.walk('check', { purpose: 'reconcile', n: 1 })).changed;

const back = ['swap', 'verify', 'backfill', 'dual-write', 'expand'] as const;

// PostgreSQL 18 gives each NOT NULL a name, and the new column's is its own.
const named = async (): Promise<readonly string[]> =>
  (await catalogSnapshot(db.sql)).filter((line) => !/^constraint \S+ \S+ NOT NULL/u.test(line));

const zoo = `CREATE TABLE parts (id integer PRIMARY KEY, n serial NOT NULL, note text, size integer NOT NULL DEFAULT 1);
  COMMENT ON COLUMN parts.n IS 'a number';
  CREATE INDEX parts_n ON parts (n DESC, note) WHERE size > 0;
  CREATE UNIQUE INDEX parts_n_size ON parts (n, size);
  ALTER TABLE parts ADD CONSTRAINT parts_once UNIQUE (n, note) DEFERRABLE, ADD CONSTRAINT parts_ref FOREIGN KEY (n) REFERENCES other (n),
    ADD CONSTRAINT parts_n_check CHECK (n IS NOT NULL) NOT VALID, REPLICA IDENTITY USING INDEX parts_n_size;
  CREATE STATISTICS parts_st (dependencies) ON n, size FROM parts;
  COMMENT ON INDEX parts_n IS 'by number';
  GRANT UPDATE (n) ON parts TO PUBLIC;
  INSERT INTO parts VALUES (1, 1, 'a'), (2, 2, 'b');`;

describe('a column that keeps its name', () => {
  test('ends as a plain ALTER would have left it, its sequence too', async () => {
    await db.sql.query(zoo);
    const migration = await swapped();
    await migration.apply('contract');
    const ours = await named();
    await db.sql.query(`DROP TABLE parts; ${zoo}
      ALTER TABLE parts ALTER COLUMN n TYPE bigint; ALTER SEQUENCE parts_n_seq AS bigint`);
    expect(ours).toEqual(await named());
    expect(await all(`SELECT data_type::text FROM pg_sequences WHERE sequencename = 'parts_n_seq'`)).toEqual([
      'bigint',
    ]);
  });

  test('is as it was when every phase is undone', async () => {
    await db.sql.query(zoo);
    const before = await catalogSnapshot(db.sql);
    const migration = await swapped();
    expect(await all(`SELECT pg_get_serial_sequence('parts', 'n')`)).toEqual(['public.parts_n_seq']);
    await migration.undo(...back);
    expect(await catalogSnapshot(db.sql)).toEqual(before);
  });

  test('keeps the names of what hangs on it, and what is gated is compared under the names of the moment', async () => {
    await db.sql.query(zoo);
    const { plan } = await planned();
    expect(plan.expectsBeforeSwap?.indexes.map(({ name }) => name)).toContain('parts_n_underpin_new_size');
    expect(plan.expects.indexes).toEqual(
      expect.arrayContaining([
        { name: 'parts_n_size', unique: true, definition: 'USING btree (n, size)' },
        { name: 'parts_n', unique: false, definition: 'USING btree (n DESC, note) WHERE (size > 0)' },
      ]),
    );
  });
});

test('who reads by a snapshot of before the last row was filled is waited for, and finds every value', async () => {
  await db.sql.query('CREATE TABLE parts (id integer PRIMARY KEY, n integer)');
  await db.sql.query('INSERT INTO parts VALUES (1, 10), (2, 20)');
  const migration = await planned();
  await migration.apply('expand', 'dual-write');
  const reader = await db.connect();
  await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM other');
  await migration.backfill();
  await migration.apply('verify');
  await expect(migration.applyOnce('swap')).rejects.toThrow(LockNotAcquired);
  expect((await reader.query('SELECT n FROM parts ORDER BY id')).rows).toEqual([{ n: 10 }, { n: 20 }]);
  await reader.query('COMMIT; BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM other');
  await migration.apply('swap');
  expect((await reader.query('SELECT n::int FROM parts ORDER BY id')).rows).toEqual([{ n: 10 }, { n: 20 }]);
  await reader.query('COMMIT');
});

test('who reads by a snapshot of before a row that refused was filled is waited for too', async () => {
  await db.sql.query('CREATE TABLE parts (id integer PRIMARY KEY, n text)');
  await db.sql.query(`INSERT INTO parts VALUES (1, '10'), (2, 'odd')`);
  const change = { kind: 'change-type', column: 'n', type: 'integer', up: 'n::integer', down: 'n::text' };
  const migration = await migrationUnderTest(db.database, 'refused', {
    table: 'public.parts',
    backfill: { stubbornRows: 3 },
    change,
  });
  await migration.apply('expand', 'dual-write');
  await migration.backfill();
  // As if that was long ago.
  await db.sql.query(`UPDATE underpin.checkpoint SET updated_at = clock_timestamp() - interval '1 hour'`);
  const reader = await db.connect();
  await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM other');
  await db.sql.query(`UPDATE parts SET n = '20' WHERE id = 2`);
  const record = await migration.ledger.find('refused');
  if (!record) throw new Error('the ledger has no record');
  const its = { plan: migration.plan, settings: storedSettings(record), tools: toolsOver(db.database) };
  expect(await sweepStubbornRows(migration.claim, its)).toBe(0);
  await migration.apply('verify');
  await expect(migration.applyOnce('swap')).rejects.toThrow(LockNotAcquired);
  await reader.query('COMMIT; BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM other');
  await migration.apply('swap');
  expect((await reader.query('SELECT n FROM parts ORDER BY id')).rows).toEqual([{ n: 10 }, { n: 20 }]);
  await reader.query('COMMIT');
});

describe('what is written after the swap', () => {
  const simple = 'CREATE TABLE parts (id integer PRIMARY KEY, n integer DEFAULT 7, note text)';
  beforeEach(() => db.sql.query(`${simple}; INSERT INTO parts (id) SELECT generate_series(1, 3)`));

  test('is there on both sides, whichever way it came, and stays when the names are exchanged back', async () => {
    const migration = await swapped();
    await db.sql.query(`INSERT INTO parts VALUES (4, 40, 'x'), (5, DEFAULT, 'x'), (6, NULL, 'x');
      UPDATE parts SET n = 10 WHERE id = 1; UPDATE parts SET n = NULL WHERE id = 2; UPDATE parts SET n = n, id = 30 WHERE id = 3`);
    expect(await reconciled(migration)).toBe(0);
    const told = [
      [1, 10],
      [2, null],
      [4, 40],
      [5, 7],
      [6, null],
      [30, 7],
    ];
    expect(await written()).toEqual(told);
    await migration.undo('swap');
    expect(await written()).toEqual(told);
    expect(await migration.mismatches()).toBe(0);
    await db.sql.query('UPDATE parts SET n = 11 WHERE id = 1; INSERT INTO parts VALUES (7, 70)');
    expect(await migration.mismatches()).toBe(0);
    await migration.apply('swap');
    expect(await written()).toEqual([[1, 11], ...told.slice(1, 5), [7, 70], [30, 7]]);
  });

  test('is refused where `down` refuses it, until the contract', async () => {
    const migration = await swapped();
    await expect(db.sql.query('UPDATE parts SET n = 3000000000 WHERE id = 1')).rejects.toMatchObject({
      code: '22003',
    });
    await migration.apply('contract');
    await db.sql.query('UPDATE parts SET n = 3000000000 WHERE id = 1');
    expect(await written()).toEqual([
      [1, 3_000_000_000],
      [2, 7],
      [3, 7],
    ]);
  });

  test('wins over what an old value would have been, if the conversion loses something', async () => {
    await db.sql.query('UPDATE parts SET n = id');
    const migration = await swapped({
      kind: 'change-type',
      column: 'n',
      type: 'smallint',
      up: '(n / 2 * 2)::smallint',
      down: 'n::integer',
      default: 0,
    });
    expect(await written()).toEqual([
      [1, 0],
      [2, 2],
      [3, 2],
    ]);
    // What a row holds already is not converted back.
    await db.sql.query('UPDATE parts SET n = CASE id WHEN 1 THEN 0 WHEN 3 THEN 4 ELSE n END');
    await migration.undo('swap');
    expect(await written()).toEqual([
      [1, 1],
      [2, 2],
      [3, 4],
    ]);
  });

  test('a sequence counts once for each row on either side of the swap', async () => {
    await db.sql.query(`DROP TABLE parts; CREATE TABLE parts (id serial PRIMARY KEY, n serial, note text)`);
    const insert = (times: number) =>
      db.sql.query(`INSERT INTO parts (note) SELECT 'x' FROM generate_series(1, ${times})`);
    await insert(2);
    const migration = await swapped();
    await insert(1);
    // By position the old column is meant.
    await db.sql.query(`INSERT INTO parts VALUES (DEFAULT, 4, 'x')`);
    expect(await reconciled(migration)).toBe(0);
    await migration.undo('swap');
    await insert(1);
    await migration.apply('swap', 'contract');
    await insert(1);
    expect(await all('SELECT n FROM parts ORDER BY id')).toEqual(['1', '2', '3', '4', '5', '6']);
  });

  test('reaches both sides in a session whose plans were made before the swap', async () => {
    await db.sql.query('PREPARE written (integer, integer) AS UPDATE parts SET n = $2 WHERE id = $1');
    for (let n = 0; n < 8; n += 1) await db.sql.query('EXECUTE written (1, 5)');
    const migration = await swapped();
    await db.sql.query('EXECUTE written (1, 6)');
    expect(await reconciled(migration)).toBe(0);
    await migration.undo('swap');
    await db.sql.query('EXECUTE written (2, 8); DEALLOCATE written');
    expect(await migration.mismatches()).toBe(0);
    expect(await written()).toEqual([
      [1, 6],
      [2, 8],
      [3, 7],
    ]);
  });
});

describe('what would stay with the old column', () => {
  const simple = 'CREATE TABLE parts (id integer PRIMARY KEY, n integer, note text)';

  test.each([
    [
      'a materialized view',
      'CREATE MATERIALIZED VIEW stored AS SELECT sum(n) FROM parts',
      'rule _RETURN on materialized view stored',
    ],
    [
      'a column list of a publication',
      'CREATE PUBLICATION partly FOR TABLE parts (id, n)',
      'publication of table parts in publication partly',
    ],
    [
      'a rule of another table',
      'CREATE RULE elsewhere AS ON DELETE TO other DO ALSO UPDATE parts SET n = 0',
      'rule elsewhere on table other',
    ],
  ])('%s is refused by name', async (_, sql, what) => {
    await db.sql.query(`${simple}; ${sql}`);
    await expect(planned()).rejects.toThrow(`${what} names parts.n in a way that`);
    await db.sql.query('DROP PUBLICATION IF EXISTS partly');
  });

  test('a trigger that names it in its body goes on, and is warned of', async () => {
    await db.sql.query(`${simple};
      CREATE FUNCTION doubled() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.n := NEW.n * 2; RETURN NEW; END';
      CREATE TRIGGER a_doubled BEFORE INSERT ON parts FOR EACH ROW EXECUTE FUNCTION doubled()`);
    const migration = await swapped();
    expect(ownWarnings(migration.plan).join()).toContain(
      'function doubled() of trigger a_doubled names parts.n',
    );
    await db.sql.query('INSERT INTO parts (id, n) VALUES (1, 5)');
    expect(await reconciled(migration)).toBe(0);
    expect(await written()).toEqual([[1, 10]]);
    await db.sql.query('DROP FUNCTION doubled CASCADE');
  });
});

describe('a change under the same name is refused', () => {
  beforeEach(() => db.sql.query('CREATE TABLE parts (id integer PRIMARY KEY, n integer, note text)'));

  test('without a way back', async () => {
    await expect(planned({ kind: 'change-type', column: 'n', type: 'bigint' })).rejects.toThrow(
      'nothing says how a bigint becomes integer again',
    );
  });

  test('without a way back, whose offer can be taken as it is written', async () => {
    await db.sql.query('DROP TABLE parts; CREATE TABLE parts (id integer PRIMARY KEY, "num ""q""" integer)');
    const change = { kind: 'change-type', column: 'num "q"', type: 'bigint' };
    const told: unknown = await planned(change).then(
      () => '',
      (error: unknown) => String(error),
    );
    const [, down = ''] = /`down: (.*?)`/u.exec(String(told)) ?? [];
    expect(down).toBe('CAST("num ""q""" AS integer)');
    expect((await planned({ ...change, down })).plan.walks).not.toEqual([]);
  });

  test('to the type that it has', async () => {
    await expect(planned({ kind: 'change-type', column: 'n', type: 'int' })).rejects.toThrow(
      '"n" is of type integer already',
    );
  });
});
