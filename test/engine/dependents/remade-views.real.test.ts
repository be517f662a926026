import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parseSpec } from '../../../engine/spec/spec.ts';
import { livedPhases, phaseOf } from '../../../engine/plan/plan.ts';
import { catalogSnapshot } from '../catalog-snapshot.ts';
import { loadUsage } from '../../../engine/dialects/load-usage.ts';
import { databaseUnderTest, type DatabaseUnderTest } from '../database-under-test.ts';
import { migrationUnderTest, type Declared, type MigrationUnderTest } from '../migration-under-test.ts';
import { expectUndoneFromEachPhase } from '../undone-phases.ts';
import { expectReadThroughout, goneThrough } from './readers.ts';

let db: DatabaseUnderTest;
let count = 0;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterAll(() => db.close());
beforeEach(() =>
  db.sql.query(`DROP SCHEMA public CASCADE; CREATE SCHEMA public;
    DO $$ BEGIN CREATE ROLE "Remade Reader"; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
    DO $$ BEGIN CREATE ROLE keeper; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
    GRANT USAGE, CREATE ON SCHEMA public TO keeper;
    CREATE TABLE parts (id integer PRIMARY KEY, n integer NOT NULL, note varchar(20));
    CREATE TABLE orders (id integer PRIMARY KEY, part integer, n integer);
    GRANT ALL ON parts TO keeper;
    INSERT INTO parts SELECT i, i * 10, 'note ' || i FROM generate_series(1, 20) AS i;
    INSERT INTO orders SELECT i, i, i FROM generate_series(1, 20) AS i`),
);

const toBigint = { kind: 'change-type', column: 'n', type: 'bigint', down: 'n::integer' };
const declared = (more: Readonly<Record<string, unknown>> = {}, change: object = toBigint): Declared => ({
  table: 'public.parts',
  change: { ...change },
  ...more,
});
const planned = (more?: Readonly<Record<string, unknown>>, change?: object): Promise<MigrationUnderTest> =>
  migrationUnderTest(db.database, `v-${(count += 1)}`, declared(more, change));

const rowsOf = async (query: string): Promise<readonly unknown[]> =>
  (await db.sql.query<Record<string, unknown>>(query)).rows;

const typeOf = async (relation: string, column: string): Promise<unknown> =>
  (
    await rowsOf(`SELECT format_type(atttypid, atttypmod) AS type FROM pg_attribute
      WHERE attrelid = '${relation}'::regclass AND attname = '${column}'`)
  )[0];

const views = `
  CREATE VIEW plain AS SELECT id, n FROM parts;
  CREATE VIEW above AS SELECT p.n, o.id AS "Größe" FROM plain AS p JOIN orders AS o ON o.part = p.id WHERE p.n > 20;
  CREATE VIEW joined AS SELECT n, parts.note FROM parts JOIN orders USING (n);
  CREATE VIEW counted AS SELECT id, n, count(*) AS many FROM parts GROUP BY id HAVING sum(n) > 5;
  CREATE VIEW guarded WITH (security_barrier = true) AS SELECT id, n, note FROM parts WHERE n <> 7 WITH LOCAL CHECK OPTION;
  CREATE VIEW written AS SELECT id, n + 1 AS next FROM parts;
  COMMENT ON VIEW guarded IS 'for ''readers''';
  COMMENT ON COLUMN guarded.n IS 'a number';
  ALTER VIEW plain ALTER COLUMN n SET DEFAULT 5;
  ALTER VIEW guarded OWNER TO keeper;
  GRANT SELECT, INSERT ON plain TO "Remade Reader" WITH GRANT OPTION;
  GRANT UPDATE (n), SELECT (id) ON guarded TO "Remade Reader";
  GRANT SELECT ON above TO PUBLIC;
  REVOKE DELETE ON plain FROM CURRENT_USER;
  CREATE FUNCTION by_hand() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO parts (id, n) VALUES (NEW.id, NEW.next - 1); RETURN NEW; END';
  CREATE TRIGGER "by hand" INSTEAD OF INSERT ON written FOR EACH ROW EXECUTE FUNCTION by_hand();
  COMMENT ON TRIGGER "by hand" ON written IS 'writes';
  CREATE RULE gone AS ON DELETE TO written DO INSTEAD DELETE FROM parts WHERE parts.n = old.next - 1;
  COMMENT ON RULE gone ON written IS 'deletes'`;
const names = ['above', 'counted', 'guarded', 'joined', 'plain', 'written'];

test('views of every sort are there again with all that hung on them, whatever phase is undone', async () => {
  await db.sql.query(views);
  const before = new Map<string, readonly unknown[]>();
  for (const name of names) before.set(name, await rowsOf(`SELECT ${name}::text FROM ${name} ORDER BY 1`));
  const snapshot = await catalogSnapshot(db.sql);
  const migration = await expectUndoneFromEachPhase(db, `all-${(count += 1)}`, declared());
  expect(migration.plan.replacesViews?.map(({ name }) => name).toSorted()).toEqual(names);
  for (const name of names)
    expect(await rowsOf(`SELECT ${name}::text FROM ${name} ORDER BY 1`), name).toEqual(before.get(name));
  // What a plain ALTER and views made by hand would give, but for the names that PostgreSQL gives NOT NULL.
  const expected = snapshot.map((line) =>
    line
      .replace(/^(column (?:parts|plain|above|joined|counted|guarded)\.n) integer/u, '$1 bigint')
      .replace(/^column written\.next integer/u, 'column written.next bigint')
      // A sum of the new type is compared with another one.
      .replace('(sum(n) > 5)', '(sum(n) > (5)::numeric)'),
  );
  const named = (lines: readonly string[]) => lines.filter((line) => !/^constraint .* NOT NULL/u.test(line));
  expect(named(await catalogSnapshot(db.sql))).toEqual(named(expected.toSorted()));
});

test('what came to a view since the plan, and since the swap, stays', async () => {
  await db.sql.query('CREATE VIEW plain AS SELECT id, n FROM parts');
  const migration = await planned();
  await goneThrough(migration, 'verify');
  await db.sql.query(
    `GRANT SELECT ON plain TO "Remade Reader"; CREATE VIEW later AS SELECT n FROM parts WHERE n > 100`,
  );
  await migration.apply('swap');
  const rights = () =>
    rowsOf(
      `SELECT has_table_privilege('Remade Reader', 'plain', 'SELECT') AS reads, has_table_privilege('keeper', 'plain', 'SELECT') AS keeps`,
    );
  expect(await rights()).toEqual([{ reads: true, keeps: false }]);
  expect(await typeOf('later', 'n')).toEqual({ type: 'bigint' });
  await db.sql.query(`GRANT SELECT ON plain TO keeper; COMMENT ON VIEW later IS 'since'`);
  await migration.undo('swap');
  expect(await rights()).toEqual([{ reads: true, keeps: true }]);
  expect(await rowsOf(`SELECT obj_description('later'::regclass) AS says`)).toEqual([{ says: 'since' }]);
  expect(await typeOf('later', 'n')).toEqual({ type: 'integer' });
});

test('rights that a new view would get by default are not given to one that had none', async () => {
  await db.sql.query(`CREATE VIEW plain AS SELECT id, n FROM parts;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO "Remade Reader"`);
  const migration = await planned();
  await goneThrough(migration, 'swap');
  const reads = () => rowsOf(`SELECT has_table_privilege('Remade Reader', 'plain', 'SELECT') AS reads`);
  expect(await reads()).toEqual([{ reads: false }]);
  await migration.undo('swap');
  expect(await reads()).toEqual([{ reads: false }]);
});

describe('a text that does not fit the new type', () => {
  const toText = { kind: 'change-type', column: 'n', type: 'text', up: 'n::text', down: 'n::integer' };
  const odd = 'CREATE VIEW odd AS SELECT id, n FROM parts WHERE n % 20 = 10';
  const even =
    'CREATE OR REPLACE VIEW odd AS SELECT id, n::integer AS n FROM parts WHERE n::integer % 20 = 10';

  test('is refused in the words of the database', async () => {
    await db.sql.query(odd);
    await expect(planned({}, toText)).rejects.toThrow(
      /view public\.odd cannot be made again by its own text over the new type: operator does not exist: text % integer/u,
    );
  });

  test('gives way to the one that the author writes, until the way back', async () => {
    await db.sql.query(
      `${odd}; CREATE VIEW above AS SELECT n + 1 AS next FROM odd; GRANT SELECT ON odd TO "Remade Reader"`,
    );
    const before = await rowsOf('SELECT next FROM above ORDER BY 1');
    await expectUndoneFromEachPhase(db, `text-${(count += 1)}`, declared({ dependents: [even] }, toText));
    expect(await rowsOf('SELECT next FROM above ORDER BY 1')).toEqual(before);
    expect(await typeOf('parts', 'n')).toEqual({ type: 'text' });
    expect(await rowsOf(`SELECT has_table_privilege('Remade Reader', 'odd', 'SELECT') AS reads`)).toEqual([
      { reads: true },
    ]);
  });

  test('of a view that reads something else is refused, and so is one that does not fit either', async () => {
    await db.sql.query(odd);
    const other = 'CREATE OR REPLACE VIEW other AS SELECT 1';
    await expect(planned({ dependents: [other] }, toText)).rejects.toThrow(
      /no view public\.other reads a column that gets another type/u,
    );
    await expect(planned({ dependents: [even.replace('n::integer %', 'n %')] }, toText)).rejects.toThrow(
      /view public\.odd cannot be made again by this text/u,
    );
  });
});

test('what is tried is gone afterwards, a view whose text does not read the table too', async () => {
  await db.sql
    .query(`${views}; CREATE VIEW aside AS SELECT id, n FROM orders; CREATE VIEW on_top AS SELECT id FROM aside;
    CREATE RULE writes AS ON INSERT TO aside DO INSTEAD INSERT INTO parts (id, n) VALUES (new.id, new.n)`);
  const tried = () =>
    rowsOf(`SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace('underpin') AND relkind = 'v'
      AND relname LIKE 'view%'`);
  await planned();
  expect(await tried()).toEqual([]);
  const elsewhere = 'CREATE OR REPLACE VIEW plain AS SELECT id, n::bigint AS n FROM orders';
  await planned({ dependents: [elsewhere] });
  expect(await tried()).toEqual([]);
});

describe('is refused by name', () => {
  const plain = 'CREATE VIEW plain AS SELECT id, n FROM parts';
  test.each([
    [
      'a materialized view',
      'CREATE MATERIALIZED VIEW stored AS SELECT n FROM parts',
      /materialized view stored names parts\.n/u,
    ],
    [
      'one over a view',
      `${plain}; CREATE MATERIALIZED VIEW stored AS SELECT n FROM plain`,
      /view public\.plain has to be made again .*materialized view public\.stored depends on it/u,
    ],
    [
      'a function of its rows',
      `${plain}; CREATE FUNCTION first(plain) RETURNS int LANGUAGE sql AS 'SELECT 1'`,
      /function public\.first\(public\.plain\) depends on it/u,
    ],
    [
      'rights that somebody else has passed on',
      `${plain}; GRANT SELECT ON plain TO keeper WITH GRANT OPTION; SET ROLE keeper; GRANT SELECT ON plain TO "Remade Reader"; RESET ROLE`,
      /somebody else than its owner has granted rights/u,
    ],
    [
      'columns called by their places',
      'CREATE VIEW placed AS SELECT b FROM parts AS p (a, b)',
      /view public\.placed gives the columns of a table names by their places/u,
    ],
  ])('%s', async (_, sql, why) => {
    await db.sql.query(sql);
    await expect(planned()).rejects.toThrow(why);
  });
});

test('a way back that a view cannot go leaves it where it is, and nothing fails', async () => {
  await db.sql.query('CREATE VIEW plain AS SELECT id, n FROM parts');
  const migration = await planned();
  await goneThrough(migration, 'swap');
  await db.sql.query('CREATE MATERIALIZED VIEW stored AS SELECT n FROM plain');
  await migration.undo('swap');
  await db.sql.query('UPDATE parts SET n = 7 WHERE id = 1');
  expect(await rowsOf('SELECT n FROM plain WHERE id = 1')).toEqual([{ n: '7' }]);
  expect(await typeOf('parts', 'n')).toEqual({ type: 'integer' });
});

test('what stands against it since the plan stops the swap, and nothing is changed', async () => {
  await db.sql.query('CREATE VIEW plain AS SELECT id, n FROM parts');
  const migration = await planned();
  await goneThrough(migration, 'verify');
  await db.sql.query('CREATE MATERIALIZED VIEW stored AS SELECT n FROM plain');
  const before = await catalogSnapshot(db.sql);
  const usage = await loadUsage(db.database, { table: { schema: 'public', name: 'parts' }, columns: ['n'] });
  expect((await usage.bound('but remade')).join()).toMatch(
    /^view plain, which cannot be made again: .*stored/u,
  );
  await expect(migration.applyOnce('swap')).rejects.toThrow();
  expect(await catalogSnapshot(db.sql)).toEqual(before);
  await db.sql.query('DROP MATERIALIZED VIEW stored');
  expect(await usage.bound('but remade')).toEqual([]);
  expect(await usage.bound()).toEqual(['rule _RETURN on view plain']);
});

test('a type that changes in the catalog alone takes its views along, in the same statement', async () => {
  await db.sql.query(
    `CREATE VIEW notes AS SELECT id, note FROM parts WHERE note LIKE 'n%'; COMMENT ON VIEW notes IS 'kept'`,
  );
  const migration = await planned({}, { kind: 'change-type', column: 'note', type: 'varchar(40)' });
  expect(livedPhases(migration.plan)).toEqual(['expand', 'verify']);
  await migration.apply('expand');
  expect(await typeOf('notes', 'note')).toEqual({ type: 'character varying(40)' });
  expect(await rowsOf(`SELECT obj_description('notes'::regclass) AS says`)).toEqual([{ says: 'kept' }]);
});

test('its undo takes them back where it is free too', async () => {
  await db.sql.query(
    `ALTER TABLE parts ALTER COLUMN note TYPE text; CREATE VIEW notes AS SELECT id, note FROM parts`,
  );
  await expectUndoneFromEachPhase(
    db,
    `free-${(count += 1)}`,
    declared({}, { kind: 'change-type', column: 'note', type: 'varchar' }),
  );
  expect(await typeOf('notes', 'note')).toEqual({ type: 'character varying' });
});

test('who reads the views meanwhile never fails and never finds a row without its value', async () => {
  await db.sql.query(views);
  const migration = await planned();
  await goneThrough(migration, 'verify');
  await expectReadThroughout(
    db,
    {
      query: 'SELECT a.n::text, p.n::text AS too FROM above AS a JOIN plain AS p USING (n) WHERE n = 70',
      rows: [{ n: '70', too: '70' }],
    },
    { migration, phase: 'swap' },
  );
});

test('the plan says which views are made again, and what of them gets another type', async () => {
  await db.sql.query(
    'CREATE VIEW written AS SELECT id, n + 1 AS next FROM parts; CREATE VIEW counted AS SELECT id FROM parts WHERE n > 1',
  );
  const { plan } = await planned();
  expect(plan.warnings).toContain(
    'view public.written is dropped and made again in the same lock, with its owner, grants, comments, options, defaults, rules and triggers; from then on its next is bigint',
  );
  expect(plan.warnings).toContain(
    'view public.counted is dropped and made again in the same lock, with its owner, grants, comments, options, defaults, rules and triggers',
  );
  expect(
    phaseOf(plan, 'swap')
      .run.map(({ does }) => does)
      .join(),
  ).toContain('what knows it by its number is made again');
});

test('the examples of docs/dependents.md are as the plan has them', async () => {
  const page = readFileSync(new URL('../../../docs/dependents.md', import.meta.url), 'utf8');
  const blocks = [...page.matchAll(/^```(\w*)\n([^]*?)^```$/gmu)];
  const blockOf = (language: string): string => blocks.findLast(([, of]) => of === language)?.[2] ?? '';
  const [sql, yaml, warning] = [blockOf('sql'), blockOf('yaml'), blockOf('')];
  await db.sql.query(`ALTER TABLE orders ADD COLUMN amount integer; UPDATE orders SET amount = id * 50;
    CREATE VIEW spending AS SELECT sum(amount) AS total FROM orders`);
  const amount = { kind: 'change-type', column: 'amount', type: 'bigint', down: 'amount::integer' };
  const { plan } = await migrationUnderTest(db.database, 'spending', {
    table: 'public.orders',
    change: amount,
  });
  expect(plan.warnings).toContain(warning.trim());
  await db.sql.query(`DROP VIEW spending; ${sql}`);
  const { change, dependents } = parseSpec(yaml, 'keep-orders-amount-as-text.yaml');
  await expect(
    migrationUnderTest(db.database, 'refused', { table: 'public.orders', change }),
  ).rejects.toThrow(/text % integer/u);
  await expectUndoneFromEachPhase(db, 'as-documented-too', { table: 'public.orders', change, dependents });
  expect(await rowsOf('SELECT count(*)::int AS n, min(amount) AS least FROM round_orders')).toEqual([
    { n: 10, least: '100' },
  ]);
});
