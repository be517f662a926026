import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { livedPhases, phaseOf } from '../../../engine/plan/plan.ts';
import { loadUsage } from '../../../engine/dialects/load-usage.ts';
import { catalogSnapshot } from '../catalog-snapshot.ts';
import { databaseUnderTest, type DatabaseUnderTest } from '../database-under-test.ts';
import { migrationUnderTest, type Declared, type MigrationUnderTest } from '../migration-under-test.ts';
import { expectUndoneFromEachPhase } from '../undone-phases.ts';
import { goneThrough } from './readers.ts';

let db: DatabaseUnderTest;
let count = 0;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterAll(() => db.close());
beforeEach(() =>
  db.sql.query(`DROP SCHEMA public CASCADE; CREATE SCHEMA public;
    DO $$ BEGIN CREATE ROLE "Part Reader"; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
    CREATE TABLE parts (id integer PRIMARY KEY, n integer NOT NULL, note varchar(20));
    CREATE TABLE orders (id integer PRIMARY KEY, part integer);
    CREATE TABLE fired (at serial, name text, n text);
    INSERT INTO parts SELECT i, i * 10, 'note ' || i FROM generate_series(1, 20) AS i;
    CREATE FUNCTION fires() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN INSERT INTO public.fired (name, n) VALUES (TG_NAME, CASE WHEN TG_LEVEL = ''ROW'' THEN NEW.n::text END); RETURN NEW; END'`),
);

const toBigint = { kind: 'change-type', column: 'n', type: 'bigint', down: 'n::integer' };
const toText = { kind: 'change-type', column: 'n', type: 'text', up: 'n::text', down: 'n::integer' };
const longer = { kind: 'change-type', column: 'note', type: 'varchar(40)' };
const declared = (change: object = toBigint): Declared => ({ table: 'public.parts', change: { ...change } });
const planned = (change?: object): Promise<MigrationUnderTest> =>
  migrationUnderTest(db.database, `p-${(count += 1)}`, declared(change));

const rowsOf = async (query: string): Promise<readonly unknown[]> =>
  (await db.sql.query<Record<string, unknown>>(query)).rows;

/** What has fired since it was asked last, in its order. */
async function fired(): Promise<readonly string[]> {
  const rows = await db.sql.query<{ what: string }>(
    `WITH gone AS (DELETE FROM fired RETURNING *) SELECT concat_ws(' ', name, n) AS what FROM gone ORDER BY at`,
  );
  return rows.rows.map(({ what }) => what);
}

/** A catalog with another type of the column, but for the names that PostgreSQL gives NOT NULL. */
const retyped = (lines: readonly string[], type: string): readonly string[] =>
  lines
    .map((line) => line.replace(/^(column parts\.n) integer/u, `$1 ${type}`))
    .filter((line) => !/^constraint .* NOT NULL/u.test(line))
    .toSorted();

const triggers = `
  CREATE TRIGGER "of n" AFTER UPDATE OF n, note ON parts FOR EACH ROW EXECUTE FUNCTION fires();
  CREATE TRIGGER a_changed BEFORE UPDATE ON parts FOR EACH ROW WHEN (OLD.n IS DISTINCT FROM NEW.n AND NEW.n > 5) EXECUTE FUNCTION fires('n');
  CREATE TRIGGER once AFTER UPDATE OF n ON parts FOR EACH STATEMENT EXECUTE FUNCTION fires();
  CREATE TRIGGER switched_off BEFORE UPDATE OF n ON parts FOR EACH ROW EXECUTE FUNCTION fires();
  CREATE TRIGGER on_replicas BEFORE UPDATE OF n ON parts FOR EACH ROW EXECUTE FUNCTION fires();
  CREATE TRIGGER whatever BEFORE INSERT OR UPDATE OF n ON parts FOR EACH ROW EXECUTE FUNCTION fires();
  CREATE TRIGGER with_all AFTER UPDATE ON parts REFERENCING OLD TABLE AS former NEW TABLE AS "Fresh" FOR EACH ROW WHEN (NEW.n > 3) EXECUTE FUNCTION fires();
  CREATE CONSTRAINT TRIGGER later AFTER UPDATE OF n ON parts FROM orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.n <> 0) EXECUTE FUNCTION fires();
  ALTER TABLE parts DISABLE TRIGGER switched_off, ENABLE REPLICA TRIGGER on_replicas, ENABLE ALWAYS TRIGGER whatever;
  COMMENT ON TRIGGER "of n" ON parts IS 'for ''auditors''';
  COMMENT ON CONSTRAINT later ON parts IS 'at the end'`;

describe('triggers of every sort', () => {
  test('are there again as they were, whatever phase is undone, and as a plain ALTER would leave them', async () => {
    await db.sql.query(triggers);
    const before = await catalogSnapshot(db.sql);
    await expectUndoneFromEachPhase(db, `all-${(count += 1)}`, declared());
    expect(retyped(await catalogSnapshot(db.sql), 'bigint')).toEqual(retyped(before, 'bigint'));
  });

  test('have their own texts again on the way back, which PostgreSQL prints otherwise meanwhile', async () => {
    await db.sql
      .query(`CREATE TRIGGER big AFTER UPDATE ON parts FOR EACH ROW WHEN (NEW.n > 5 AND OLD.n <> NEW.n) EXECUTE FUNCTION fires();
      CREATE POLICY small ON parts FOR UPDATE USING (n < 1000) WITH CHECK (n < (SELECT max(p.n) + 5 FROM parts AS p WHERE p.n > parts.n));
      CREATE RULE kept AS ON DELETE TO parts WHERE OLD.n > 30 DO INSTEAD NOTHING;
      ALTER TABLE parts DISABLE TRIGGER big; COMMENT ON RULE kept ON parts IS 'kept'`);
    const toNumeric = { ...toBigint, type: 'numeric' };
    await expectUndoneFromEachPhase(db, `printed-${(count += 1)}`, declared(toNumeric));
    const { rows } = await db.sql.query<{ text: string }>(
      `SELECT pg_get_triggerdef(oid) AS text FROM pg_trigger WHERE tgname = 'big'`,
    );
    expect(rows[0]?.text).toContain('new.n > (5)::numeric');
  });

  test('fire on what they fired on, in the same order, before and after the swap and on the way back', async () => {
    await db.sql.query(triggers);
    const written = async (): Promise<readonly string[]> => {
      await fired();
      await db.sql.query(`UPDATE parts SET n = n + 1 WHERE id = 3; UPDATE parts SET id = id WHERE id = 4;
        SET session_replication_role = replica; UPDATE parts SET n = n + 1 WHERE id = 3; RESET session_replication_role;
        UPDATE parts SET n = n - 2 WHERE id = 3; INSERT INTO parts (id, n) VALUES (100, 4); DELETE FROM parts WHERE id = 100`);
      return fired();
    };
    const before = await written();
    expect(before).toContain('later 31');
    const migration = await planned();
    await goneThrough(migration, 'verify');
    expect(await written()).toEqual(before);
    await migration.apply('swap');
    expect(await written()).toEqual(before);
    expect(await rowsOf('SELECT n, n_underpin_old AS old FROM parts WHERE n <> n_underpin_old')).toEqual([]);
    await migration.undo('swap');
    expect(await written()).toEqual(before);
    await migration.apply('swap', 'contract');
    expect(await written()).toEqual(before);
  });

  test('do what they do to the row before our own see it', async () => {
    await db.sql
      .query(`CREATE FUNCTION doubles() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.n := NEW.n * 2; RETURN NEW; END';
      CREATE TRIGGER zz_doubles BEFORE UPDATE OF n ON parts FOR EACH ROW WHEN (NEW.n < 1000) EXECUTE FUNCTION doubles()`);
    const migration = await planned();
    await goneThrough(migration, 'swap');
    await db.sql.query('UPDATE parts SET n = 7 WHERE id = 1; UPDATE parts SET n = 5000 WHERE id = 2');
    const both = 'SELECT n::int, n_underpin_old AS old FROM parts WHERE id < 3 ORDER BY id';
    expect(await rowsOf(both)).toEqual([
      { n: 14, old: 14 },
      { n: 5000, old: 5000 },
    ]);
  });
});

test('policies and rules of the table are there again, with their roles, states and comments', async () => {
  await db.sql.query(`CREATE TABLE gone (n integer, was integer);
    CREATE POLICY small ON parts AS RESTRICTIVE FOR UPDATE TO "Part Reader", PUBLIC USING (n < 1000) WITH CHECK (n < 500);
    CREATE POLICY kept ON parts FOR DELETE USING (n > (SELECT min(p.n) FROM parts AS p WHERE p.n <= parts.n) - 1);
    CREATE POLICY added ON parts FOR INSERT WITH CHECK (n > 0);
    COMMENT ON POLICY small ON parts IS 'not too much';
    ALTER TABLE parts ENABLE ROW LEVEL SECURITY;
    CREATE RULE noted AS ON DELETE TO parts WHERE OLD.n > 30 DO ALSO INSERT INTO gone VALUES (OLD.n);
    CREATE RULE sleeping AS ON DELETE TO parts DO ALSO UPDATE gone SET was = OLD.n;
    ALTER TABLE parts DISABLE RULE sleeping;
    COMMENT ON RULE noted ON parts IS 'keeps what goes'`);
  const before = await catalogSnapshot(db.sql);
  await expectUndoneFromEachPhase(db, `policies-${(count += 1)}`, declared());
  expect(retyped(await catalogSnapshot(db.sql), 'bigint')).toEqual(retyped(before, 'bigint'));
  await db.sql.query('DELETE FROM parts WHERE id = 7');
  expect(await rowsOf('SELECT n FROM gone')).toEqual([{ n: 70 }]);
});

describe('a partitioned table', () => {
  test('has its triggers again on each partition, in the state that they had there', async () => {
    await db.sql
      .query(`DROP TABLE parts; CREATE TABLE parts (id integer PRIMARY KEY, n integer NOT NULL, note text) PARTITION BY RANGE (id);
      CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
      CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (id);
      CREATE TABLE parts_2_1 PARTITION OF parts_2 FOR VALUES FROM (10) TO (20);
      INSERT INTO parts SELECT i, i FROM generate_series(1, 19) AS i;
      CREATE TRIGGER of_n BEFORE UPDATE OF n ON parts FOR EACH ROW EXECUTE FUNCTION fires();
      CREATE TRIGGER whatever AFTER UPDATE OF n ON parts FOR EACH ROW EXECUTE FUNCTION fires();
      ALTER TABLE parts_1 DISABLE TRIGGER of_n; ALTER TABLE parts ENABLE ALWAYS TRIGGER whatever; ALTER TABLE parts_2_1 DISABLE TRIGGER whatever;
      COMMENT ON TRIGGER of_n ON parts_2_1 IS 'of the second'`);
    const before = await catalogSnapshot(db.sql);
    await expectUndoneFromEachPhase(db, `partitioned-${(count += 1)}`, declared());
    const named = (lines: readonly string[]) => lines.filter((line) => line.startsWith('trigger '));
    expect(named(await catalogSnapshot(db.sql))).toEqual(named(before));
    await fired();
    await db.sql.query('UPDATE parts SET n = 5 WHERE id = 1; UPDATE parts SET n = 6 WHERE id = 12');
    expect(await fired()).toEqual(['whatever 5', 'of_n 6']);
  });
});

describe('is refused by name', () => {
  test.each([
    [
      'a condition that does not fit the new type',
      'CREATE TRIGGER big AFTER UPDATE ON parts FOR EACH ROW WHEN (NEW.n > 5) EXECUTE FUNCTION fires()',
      toText,
      /trigger big on table public\.parts cannot be made again by its own text over the new type: operator does not exist: text > integer/u,
    ],
    [
      'a policy that does not fit it',
      'CREATE POLICY small ON parts USING (n < 5)',
      toText,
      /policy small on table public\.parts cannot be made again .*operator does not exist: text < integer/u,
    ],
    [
      'a trigger that depends on an extension',
      'CREATE TRIGGER ext AFTER UPDATE OF n ON parts FOR EACH ROW EXECUTE FUNCTION fires(); ALTER TRIGGER ext ON parts DEPENDS ON EXTENSION plpgsql',
      toBigint,
      /trigger ext on table public\.parts has to be made again .*cannot be: it belongs to an extension/u,
    ],
    [
      'a policy that calls the columns by their places',
      'CREATE POLICY placed ON parts USING (id IN (SELECT p.a FROM parts AS p (a, b) WHERE p.b > 3))',
      toBigint,
      /policy placed on table public\.parts cannot be made again .*by their places/u,
    ],
    [
      'a rule that rewrites an UPDATE, of a backfill too',
      'CREATE TABLE gone (n integer); CREATE RULE noted AS ON UPDATE TO parts DO ALSO INSERT INTO gone VALUES (OLD.n)',
      toBigint,
      /rule noted rewrites every UPDATE of parts, that of a backfill too/u,
    ],
    [
      'one on a table that gets a column of another name',
      'CREATE RULE "No" AS ON UPDATE TO parts WHERE OLD.id = 3 DO INSTEAD NOTHING',
      { kind: 'rename-column', from: 'n', to: 'm' },
      /rule "No" rewrites every UPDATE of parts/u,
    ],
    [
      'a policy of another table',
      'CREATE POLICY elsewhere ON orders USING (part IN (SELECT n FROM parts))',
      toBigint,
      /policy elsewhere on table orders names parts\.n/u,
    ],
    [
      'a rule of another table',
      'CREATE RULE elsewhere AS ON DELETE TO orders DO ALSO UPDATE parts SET n = 0 WHERE id = OLD.part',
      toBigint,
      /rule elsewhere on table orders names parts\.n/u,
    ],
  ])('%s', async (_, sql, change, why) => {
    await db.sql.query(sql);
    const before = await catalogSnapshot(db.sql);
    await expect(planned(change)).rejects.toThrow(why);
    expect(await catalogSnapshot(db.sql)).toEqual(before);
  });
});

test('what came since the plan, and since the swap, stays', async () => {
  await db.sql.query('CREATE TRIGGER of_n AFTER UPDATE OF n ON parts FOR EACH ROW EXECUTE FUNCTION fires()');
  const migration = await planned();
  await goneThrough(migration, 'verify');
  await db.sql.query(`ALTER TABLE parts DISABLE TRIGGER of_n; CREATE POLICY late ON parts USING (n > 0)`);
  await migration.apply('swap');
  const state = () => rowsOf(`SELECT tgenabled::text AS is FROM pg_trigger WHERE tgname = 'of_n'`);
  expect(await state()).toEqual([{ is: 'D' }]);
  await db.sql
    .query(`ALTER TABLE parts ENABLE ALWAYS TRIGGER of_n; COMMENT ON TRIGGER of_n ON parts IS 'since';
    CREATE TRIGGER later AFTER UPDATE ON parts FOR EACH ROW WHEN (NEW.n > 5) EXECUTE FUNCTION fires()`);
  await migration.undo('swap');
  expect(await state()).toEqual([{ is: 'A' }]);
  expect(await rowsOf(`SELECT obj_description(oid) AS says FROM pg_trigger WHERE tgname = 'of_n'`)).toEqual([
    { says: 'since' },
  ]);
  await migration.undo('verify', 'backfill', 'dual-write', 'expand');
  expect(await rowsOf(`SELECT count(*)::int AS n FROM pg_trigger WHERE NOT tgisinternal`)).toEqual([
    { n: 2 },
  ]);
});

test('what stands against it since the plan is named at the gate and stops the swap, and nothing is changed', async () => {
  await db.sql.query('CREATE TRIGGER of_n AFTER UPDATE OF n ON parts FOR EACH ROW EXECUTE FUNCTION fires()');
  const migration = await planned();
  await goneThrough(migration, 'verify');
  const usage = await loadUsage(db.database, { table: { schema: 'public', name: 'parts' }, columns: ['n'] });
  expect(await usage.bound('but remade')).toEqual([]);
  expect(await usage.bound()).toEqual(['trigger of_n on table parts']);
  await db.sql.query('ALTER TRIGGER of_n ON parts DEPENDS ON EXTENSION plpgsql');
  const before = await catalogSnapshot(db.sql);
  expect(await usage.bound('but remade')).toEqual([
    'trigger of_n on table public.parts, which cannot be made again: it belongs to an extension',
  ]);
  await expect(migration.applyOnce('swap')).rejects.toThrow();
  expect(await catalogSnapshot(db.sql)).toEqual(before);
});

test('a condition that came since the plan, and does not fit, stops the swap by its name', async () => {
  await db.sql.query('CREATE TRIGGER of_n AFTER UPDATE OF n ON parts FOR EACH ROW EXECUTE FUNCTION fires()');
  const migration = await planned(toText);
  await goneThrough(migration, 'verify');
  await db.sql.query(
    'CREATE TRIGGER big AFTER UPDATE ON parts FOR EACH ROW WHEN (NEW.n > 5) EXECUTE FUNCTION fires()',
  );
  const before = await catalogSnapshot(db.sql);
  await expect(migration.applyOnce('swap')).rejects.toThrow(
    /trigger big on table public\.parts cannot be made again .*text > integer/u,
  );
  expect(await catalogSnapshot(db.sql)).toEqual(before);
});

test('a way back that a trigger cannot go leaves it where it is, and nothing fails', async () => {
  await db.sql.query('CREATE TRIGGER of_n AFTER UPDATE OF n ON parts FOR EACH ROW EXECUTE FUNCTION fires()');
  const migration = await planned();
  await goneThrough(migration, 'swap');
  await db.sql.query('ALTER TRIGGER of_n ON parts DEPENDS ON EXTENSION plpgsql');
  await migration.undo('swap');
  await db.sql.query('UPDATE parts SET n = 7 WHERE id = 1');
  expect(await rowsOf('SELECT n, n_underpin_new::int AS new FROM parts WHERE id = 1')).toEqual([
    { n: 7, new: 7 },
  ]);
});

test('a type that changes in the catalog alone takes them along, in the same statement, and back', async () => {
  await db.sql.query(`ALTER TABLE parts ALTER COLUMN note TYPE text;
    CREATE TRIGGER of_note BEFORE UPDATE OF note ON parts FOR EACH ROW WHEN (NEW.note <> '') EXECUTE FUNCTION fires();
    CREATE POLICY noted ON parts USING (note IS NOT NULL); CREATE VIEW notes AS SELECT note FROM parts;
    CREATE RULE noted AS ON DELETE TO parts WHERE OLD.note = '' DO INSTEAD NOTHING;
    COMMENT ON TRIGGER of_note ON parts IS 'kept'`);
  const before = await catalogSnapshot(db.sql);
  const migration = await expectUndoneFromEachPhase(
    db,
    `free-${(count += 1)}`,
    declared({ ...longer, type: 'varchar' }),
  );
  expect(livedPhases(migration.plan)).toEqual(['expand', 'verify']);
  const typed = (line: string) =>
    line.replaceAll(/(note) text/gu, '$1 character varying').replace('(new.note <>', '((new.note)::text <>');
  const named = (lines: readonly string[]) => lines.filter((line) => /^(?:trigger|column)/u.test(line));
  expect(named(await catalogSnapshot(db.sql))).toEqual(named(before).map(typed));
});

test('no write meanwhile misses its trigger, and none fires twice', async () => {
  await db.sql.query(`CREATE TRIGGER of_n AFTER UPDATE OF n ON parts FOR EACH ROW EXECUTE FUNCTION fires()`);
  const migration = await planned();
  await goneThrough(migration, 'verify');
  await fired();
  const writer = await db.connect();
  const until = new AbortController();
  let writes = 0;
  const writing = (async () => {
    for (; !until.signal.aborted; writes += 1)
      await writer.query('UPDATE parts SET n = $1 WHERE id = 1', [writes]);
  })();
  for (let round = 0; round < 5; round += 1) {
    await migration.apply('swap');
    await migration.undo('swap');
  }
  until.abort();
  await writing;
  expect(writes).toBeGreaterThan(0);
  expect(await fired()).toEqual(Array.from({ length: writes }, (_, at) => `of_n ${at}`));
});

test('the plan says what is made again', async () => {
  await db.sql.query(`CREATE TRIGGER of_n AFTER UPDATE OF n ON parts FOR EACH ROW EXECUTE FUNCTION fires();
    CREATE POLICY small ON parts USING (n < 5000)`);
  const { plan } = await planned();
  expect(plan.warnings).toEqual(
    expect.arrayContaining([
      'trigger of_n on table public.parts is made again in the same lock, as it is, and from then on means the new type',
      'policy small on table public.parts is made again in the same lock, as it is, and from then on means the new type',
    ]),
  );
  expect(
    phaseOf(plan, 'swap')
      .run.map(({ does }) => does)
      .join(),
  ).toContain('what knows it by its number is made again');
});
